using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Ingest.Chunking;

/// <summary>Packs the units of one section into passages of even length.</summary>
sealed class PassagePacker(Document document, Section section, HeadingLine heading, ITextTokenizer tokenizer, ChunkerOptions options, StringBuilder scratch)
{
    private readonly int _budget = options.Maximum - options.Markers - heading.Tokens;
    private readonly Dictionary<string, int> _captions = [];
    private int _covered = section.Span.Start;

    public void Pack(List<Unit> units, List<Passage> passages)
    {
        long total = units.Sum(static unit => (long)unit.Tokens);
        int target = Math.Max(1, options.Target - options.Markers - heading.Tokens);
        long count = Math.Max(1, (total + (target / 2)) / target);
        int goal = (int)Math.Min(_budget, (total + count - 1) / count);
        int start = 0;
        while (start < units.Count)
        {
            int end = End(units, start, goal);
            passages.Add(Make(units, ref start, ref end, passages.Count));
            start = end;
        }
    }

    /// <summary>One past the last unit of the passage that begins at <paramref name="start"/>.</summary>
    private int End(List<Unit> units, int start, int goal)
    {
        int tokens = Caption(units, start);
        int end = start;
        int whole = start; // end of a table that is kept whole
        string? caption = units[start].Block.TableHeader;
        while (end < units.Count)
        {
            Unit unit = units[end];
            int more = unit.Tokens;
            if (end > start && unit.Block.TableHeader != caption)
            {
                caption = unit.Block.TableHeader;
                more += Caption(units, end);
            }

            if (end == start || !SameTable(units[end - 1], unit))
            {
                (int last, int table) = Table(units, end);
                bool fits = table <= _budget;
                if (end > start && fits && tokens + table > _budget)
                {
                    break;
                }

                whole = fits ? last : whole;
            }

            bool full = end > start && tokens + more > _budget;
            bool enough = end > start && end >= whole && tokens >= goal - (more / 2) && !units[end - 1].LeadIn;
            if (full || enough)
            {
                break;
            }

            tokens += more;
            end++;
        }

        // A lead-in goes with what it leads to, unless it is all there is.
        int back = end;
        while (end < units.Count && back > start && units[back - 1].LeadIn)
        {
            back--;
        }

        return back > start ? back : end;
    }

    /// <summary>One past the last row of the table that begins at <paramref name="at"/>, and its tokens with its caption; counting ends when it cannot fit into a passage.</summary>
    private (int End, int Tokens) Table(List<Unit> units, int at)
    {
        int tokens = 0, end = at;
        while (end < units.Count && (end == at ? units[at].Block.Kind == ContentKind.Table : SameTable(units[at], units[end])) && tokens <= _budget)
        {
            tokens += units[end].Tokens + (end == at ? Caption(units, at) : 0);
            end++;
        }

        return (end, tokens);
    }

    // A table that fits is not torn: one row seldom says what the others are for.
    private static bool SameTable(Unit left, Unit right) =>
        left.Block.Kind == ContentKind.Table && right.Block.Kind == ContentKind.Table && left.Block.TableHeader == right.Block.TableHeader;

    private Passage Make(List<Unit> units, ref int start, ref int end, int ordinal)
    {
        while (end > start + 1 && Length(units, start, end) > options.Maximum)
        {
            end--;
        }

        string text = Text(units, start, end);
        // A heading between two blocks is no unit: it belongs to the passage after it.
        int begin = units[start].Span.Start;
        int from = begin > _covered && !document.Text.AsSpan(_covered, begin - _covered).IsWhiteSpace() ? _covered : begin;
        ReadOnlySpan<Unit> used = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(units)[start..end];
        int until = Math.Max(from, end == units.Count ? section.Span.End : used[^1].Span.End);
        _covered = Math.Max(_covered, until);
        return new Passage
        {
            Id = new PassageId(document.Key, document.Version, ordinal),
            Title = heading.Title,
            HeadingPath = heading.Path,
            Text = text,
            Span = new CharSpan(from, until),
            Page = section.Page,
            Kind = KindOf(used),
            Grade = GradeOf(used),
            QuestionId = document.QuestionId,
            Language = document.Provenance.Language,
        };
    }

    private int Length(List<Unit> units, int start, int end) => heading.Tokens + Tokens(units, start, end) + options.Markers;

    /// <summary>Tokens of a passage. Tokenizers need not be additive: what was counted piece by piece is counted once more as a whole, but where it is known to be the same.</summary>
    private int Tokens(List<Unit> units, int start, int end)
    {
        int tokens = 0;
        for (int i = start; i < end; i++)
        {
            Unit unit = units[i];
            if (unit.Cut || !tokenizer.CountsByWord)
            {
                return tokenizer.Count(Text(units, start, end));
            }

            tokens += unit.Tokens + (NeedsCaption(units, i, start) ? CaptionTokens(unit.Block.TableHeader!) : 0);
        }

        return tokens;
    }

    private string Text(List<Unit> units, int start, int end)
    {
        StringBuilder text = scratch.Clear();
        for (int i = start; i < end; i++)
        {
            Unit unit = units[i];
            if (i > start)
            {
                text.Append(unit.Continues ? ' ' : '\n');
            }

            if (NeedsCaption(units, i, start) && unit.Block.TableHeader is string above)
            {
                text.Append(above).Append('\n');
            }

            text.Append(unit.Text);
        }

        return text.ToString();
    }

    /// <summary>True when the caption of a row does not stand in the same passage already.</summary>
    private static bool NeedsCaption(List<Unit> units, int at, int start)
    {
        if (units[at].Block.TableHeader is not string caption)
        {
            return false;
        }

        for (int i = at - 1; i >= start; i--)
        {
            if (units[i].Block.TableHeader == caption || units[i].Text.Span.SequenceEqual(caption))
            {
                return false;
            }
        }

        return true;
    }

    private int Caption(List<Unit> units, int at)
    {
        if (units[at].Block.TableHeader is not string caption || (at > 0 && units[at - 1].Text.Span.SequenceEqual(caption)))
        {
            return 0;
        }

        return CaptionTokens(caption);
    }

    private int CaptionTokens(string caption)
    {
        if (!_captions.TryGetValue(caption, out int tokens))
        {
            _captions[caption] = tokens = tokenizer.Count(caption);
        }

        return tokens;
    }

    private static ContentKind KindOf(ReadOnlySpan<Unit> units)
    {
        bool table = true;
        foreach (Unit unit in units)
        {
            switch (unit.Block.Kind)
            {
                case ContentKind.Recommendation or ContentKind.Question or ContentKind.Reasoning:
                    return unit.Block.Kind;
                case ContentKind.Narrative:
                    table = false;
                    break;
            }
        }

        return table ? ContentKind.Table : ContentKind.Narrative;
    }

    private static string? GradeOf(ReadOnlySpan<Unit> units)
    {
        List<string> grades = [];
        foreach (Unit unit in units)
        {
            if (unit.Block.Grade is string grade && !grades.Contains(grade) && grades.Count < 4)
            {
                grades.Add(grade);
            }
        }

        return grades.Count == 0 ? null : string.Join(", ", grades);
    }
}
