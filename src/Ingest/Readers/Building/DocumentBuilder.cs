using System.Text;
using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Readers.Building;

/// <summary>
/// Puts a document together from headings and blocks in reading order. Headings stand in the text but are no blocks: they travel in the heading path.
/// A heading that has nothing below it becomes a lead-in block, so that no word is lost.
/// </summary>
sealed class DocumentBuilder(SourceFile file, string format)
{
    internal const int MaxText = 24 << 20; // takes some 500 MB with its passages
    private const int MaxHeading = 400;
    private const int MaxDepth = 12;

    private readonly StringBuilder _text = new();
    private readonly List<Section> _sections = [];
    private readonly List<(int Level, string Text)> _path = [];
    private readonly List<(int Level, CharSpan Span, bool IsTitle)> _pending = [];
    private readonly List<Block> _demoted = [];
    private List<Block>? _blocks;
    private string[] _sectionPath = [];
    private int _sectionStart = -1;
    private int? _source;
    private int? _sectionSource;
    private BlockForm _lastForm;
    private string? _headingGrade;
    private bool _recommends;

    /// <summary>What the file says of itself.</summary>
    public FrontData Front { get; } = new(file);

    /// <summary>True when headings of this text announce recommendations.</summary>
    public Func<string, bool> IsRecommendationHeading { get; init; } = RecommendationHeadings.Default;

    /// <summary>Page of what comes next; another page begins another section under the same headings.</summary>
    public int? Page
    {
        get;
        set
        {
            if (value != field)
            {
                EndSection();
                field = value;
            }
        }
    }

    /// <summary>Place in the decoded file of what comes next.</summary>
    public void At(int position) => _source ??= position;

    /// <summary>A heading; level 1 is the outermost. The first of the title's words is the title.</summary>
    public void Heading(int level, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (text.Length > MaxHeading)
        {
            Block(BlockForm.Paragraph, text, leadIn: true);
            return;
        }

        EndSection();
        Front.Set("title", level == 1 ? text : null, strict: false);
        bool isTitle = level == 1 && _path.Count == 0 && !_pending.Exists(p => p.IsTitle) && SameWords(text, Front.Title);
        Demote(level);
        CharSpan span = Append(text, "\n\n");
        _pending.Add((level, span, isTitle));
        while (_path.Count > 0 && _path[^1].Level >= level)
        {
            _path.RemoveAt(_path.Count - 1);
        }

        if (!isTitle && _path.Count < MaxDepth)
        {
            _path.Add((level, text));
        }

        _headingGrade = GradeDetector.Find(text);
        _recommends = _path.Exists(heading => IsRecommendationHeading(heading.Text));
    }

    /// <summary>A block of text.</summary>
    /// <param name="form">Form.</param>
    /// <param name="text">Canonical text.</param>
    /// <param name="leadIn">True when it introduces the next block.</param>
    /// <param name="tableHeader">Caption to repeat above rows.</param>
    /// <param name="rowText">A row as printed, with its headers.</param>
    /// <param name="kind">What it is; narrative may turn out to be a recommendation.</param>
    /// <param name="grade">Its grade, where the file has it apart from the text.</param>
    public void Block(BlockForm form, string text, bool leadIn = false, string? tableHeader = null, string? rowText = null, ContentKind kind = ContentKind.Narrative, string? grade = null)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        bool fresh = _blocks is null;
        BeginSection();
        bool gradeOnly = rowText is null && !fresh && _blocks!.Count > 0 && GradeDetector.IsGradeOnly(text);
        string separator = form == _lastForm && form is BlockForm.ListItem or BlockForm.TableRow ? "\n" : "\n\n";
        CharSpan span = Append(text, separator);
        if (fresh && _sectionStart < 0)
        {
            _sectionStart = span.Start;
        }

        _lastForm = form;
        if (gradeOnly)
        {
            Block last = _blocks![^1];
            _blocks[^1] = last with { Span = new CharSpan(last.Span.Start, span.End), Grade = last.Grade ?? GradeDetector.Find(text), Kind = ContentKind.Recommendation, LeadIn = false, RowText = last.RowText is null ? null : $"{last.RowText}\n{text}" };
            return;
        }

        grade ??= kind is ContentKind.Narrative or ContentKind.Table ? GradeDetector.Find(text) ?? _headingGrade : null;
        bool recommends = grade is not null || (_recommends && kind == ContentKind.Narrative && !text.StartsWith("Note", StringComparison.Ordinal));
        _blocks!.Add(new Block(form, span, recommends ? ContentKind.Recommendation : kind, grade, tableHeader, leadIn, rowText));
    }

    /// <summary>The finished document.</summary>
    public Document Finish(string? questionId = null)
    {
        EndSection();
        if (_pending.Count > 0)
        {
            // Headings at the very end: text of the section before them, or the whole document.
            List<Block> rest = [.. _demoted.Concat(_pending.Select(static p => new Block(BlockForm.Paragraph, p.Span))).OrderBy(static block => block.Span.Start)];
            int above = Math.Max(0, _path.Count - _pending.Count(static p => !p.IsTitle));
            _sections.Add(new Section([.. _path.Take(above).Select(static p => p.Text)], new CharSpan(rest[0].Span.Start, rest[^1].Span.End), rest, null, Page));
        }

        if (_sections.Count == 0)
        {
            Throw.Data("no text found", file.Path);
        }

        DocumentKey key = Front.ToKey();
        Provenance provenance = Front.ToProvenance(format, key);
        string title = Front.Title ?? key.Name;
        string text = _text.ToString();
        return new Document
        {
            Key = key,
            Title = title,
            Provenance = provenance,
            Text = text,
            Sections = _sections,
            QuestionId = questionId,
            Version = new DocumentVersion(DocumentHash.Of(title, text, provenance, questionId), provenance.Published),
        };
    }

    private void Demote(int level)
    {
        int keep = _pending.FindLastIndex(p => p.IsTitle || p.Level < level) + 1;
        foreach ((int _, CharSpan span, bool _) in _pending.Skip(keep))
        {
            _demoted.Add(new Block(BlockForm.Paragraph, span, LeadIn: true));
        }

        _demoted.Sort(static (a, b) => a.Span.Start.CompareTo(b.Span.Start));
        _pending.RemoveRange(keep, _pending.Count - keep);
    }

    private void BeginSection()
    {
        if (_blocks is not null)
        {
            return;
        }

        int first = _pending.Count > 0 ? _pending[0].Span.Start : -1;
        _sectionStart = _demoted.Count > 0 ? first < 0 ? _demoted[0].Span.Start : Math.Min(first, _demoted[0].Span.Start) : first;
        _blocks = [.. _demoted];
        _sectionPath = [.. _path.Select(static p => p.Text)];
        _sectionSource = _source;
        _source = null;
        _demoted.Clear();
        _pending.Clear();
    }

    private void EndSection()
    {
        if (_blocks is null)
        {
            return;
        }

        CharSpan? source = _sectionSource is int from ? new CharSpan(from, Math.Max(from, _source ?? from)) : null;
        _sections.Add(new Section(_sectionPath, new CharSpan(_sectionStart, _text.Length), _blocks, source, Page));
        _blocks = null;
        _sectionStart = -1;
    }

    private CharSpan Append(string text, string separator)
    {
        if (_text.Length + text.Length > MaxText)
        {
            Throw.Data($"text longer than {MaxText} characters: split the file", file.Path);
        }

        if (_text.Length > 0)
        {
            _text.Append(separator);
        }

        int start = _text.Length;
        _text.Append(text);
        return new CharSpan(start, _text.Length);
    }

    private static bool SameWords(string a, string? b) =>
        b is not null && string.Equals(a.TrimEnd('.', ' '), b.TrimEnd('.', ' '), StringComparison.Ordinal);
}
