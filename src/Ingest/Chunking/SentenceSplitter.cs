using System.Collections.Frozen;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Chunking;

/// <summary>Sentences of medical prose: not ended by "e.g.", "Dr.", decimals, initials and list markers; a grade in brackets stays with its sentence.</summary>
public static class SentenceSplitter
{
    private const int MaxGrade = 120;

    // Never the end of a sentence, whatever follows.
    private static readonly FrozenSet<string> Abbreviations = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "e.g", "i.e", "dr", "mr", "mrs", "ms", "prof", "st", "vs", "v", "fig", "figs", "no", "nos", "al", "cf", "ca", "approx", "vol", "pp", "p", "ed", "eds", "resp", "ref", "refs",
        "sect", "chap", "eq", "tab", "viz", "incl", "excl", "max", "min", "dept", "inc", "ltd", "co", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec");

    /// <summary>Ranges of the sentences, without the white space between them; together they hold every visible character.</summary>
    public static List<CharSpan> Split(ReadOnlySpan<char> text)
    {
        List<CharSpan> sentences = [];
        int start = SkipSpace(text, 0);
        for (int at = start; at < text.Length; at++)
        {
            char c = text[at];
            if (c is not ('.' or '!' or '?' or '\n'))
            {
                continue;
            }

            int end = c == '\n' ? at : SkipClosers(text, at + 1);
            int next = SkipSpace(text, end);
            if (next >= text.Length)
            {
                break;
            }

            if (next > end && (c == '\n' || text[end..next].Contains('\n') || EndsSentence(text, start, at, next)))
            {
                int grade = GradeLength(text[next..]);
                if (grade > 0)
                {
                    end = next + grade;
                    next = SkipSpace(text, end);
                }

                sentences.Add(new CharSpan(start, TrimEnd(text, start, end)));
                start = next;
            }

            at = Math.Max(at, (next > end ? next : end) - 1);
        }

        int last = TrimEnd(text, start, text.Length);
        if (last > start)
        {
            sentences.Add(new CharSpan(start, last));
        }

        return sentences;
    }

    private static bool EndsSentence(ReadOnlySpan<char> text, int start, int stop, int next)
    {
        char follows = text[next];
        if (char.IsLower(follows))
        {
            return false;
        }

        if (text[stop] != '.')
        {
            return true;
        }

        int word = stop;
        while (word > start && !char.IsWhiteSpace(text[word - 1]) && text[word - 1] is not ('(' or '[' or '"' or '“'))
        {
            word--;
        }

        ReadOnlySpan<char> before = text[word..stop];
        bool initial = before.Length == 1 && char.IsUpper(before[0]) && char.IsUpper(follows);
        bool marker = word == start && before.Length is > 0 and <= 3 && (before.ContainsAnyExceptInRange('0', '9') is false || before.Length == 1);
        return !initial && !marker && !Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(before);
    }

    /// <summary>Length of a grade in brackets, and a full stop after it; 0 when there is none.</summary>
    private static int GradeLength(ReadOnlySpan<char> rest)
    {
        if (rest[0] is not ('(' or '['))
        {
            return 0;
        }

        ReadOnlySpan<char> head = rest[..Math.Min(rest.Length, MaxGrade)];
        int close = head.IndexOf(rest[0] == '(' ? ')' : ']');
        return close > 0 && GradeDetector.Find(head[..(close + 1)]) is not null ? SkipClosers(rest, close + 1) : 0;
    }

    private static int SkipClosers(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && "\"')]”’.!?".Contains(text[at], StringComparison.Ordinal))
        {
            at++;
        }

        return at;
    }

    private static int SkipSpace(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static int TrimEnd(ReadOnlySpan<char> text, int start, int end)
    {
        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }
}
