namespace Jmlr.Ingest.Documents;

/// <summary>What a document or passage is.</summary>
public enum ContentKind
{
    /// <summary>Running text.</summary>
    Narrative,
    /// <summary>A graded or explicit recommendation.</summary>
    Recommendation,
    /// <summary>Rows of a table.</summary>
    Table,
    /// <summary>A board-style question.</summary>
    Question,
    /// <summary>The worked reasoning of a question.</summary>
    Reasoning,
}

/// <summary>One source document, read and made canonical.</summary>
public sealed record Document
{
    /// <summary>Identity across versions.</summary>
    public required DocumentKey Key { get; init; }

    /// <summary>This version.</summary>
    public required DocumentVersion Version { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>Origin and rights.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>The canonical text: every visible word of the source, in reading order. Spans of sections and passages point into it.</summary>
    public required string Text { get; init; }

    /// <summary>Sections in reading order; their spans cover <see cref="Text"/> but for white space.</summary>
    public required IReadOnlyList<Section> Sections { get; init; }

    /// <summary>Id of the question a question or reasoning belongs to (leak guard); else null.</summary>
    public string? QuestionId { get; init; }
}

/// <summary>A stretch of a document under one heading path.</summary>
/// <param name="HeadingPath">Headings from the outermost to the innermost; empty before the first heading.</param>
/// <param name="Span">Range in <see cref="Document.Text"/>.</param>
/// <param name="Blocks">Paragraphs, list items and table rows of the section, in order.</param>
/// <param name="SourceSpan">Range in the decoded original file, where the format allows to say.</param>
/// <param name="Page">Page of the original (PDF), from 1.</param>
public sealed record Section(IReadOnlyList<string> HeadingPath, CharSpan Span, IReadOnlyList<Block> Blocks, CharSpan? SourceSpan = null, int? Page = null);

/// <summary>Form of a block.</summary>
public enum BlockForm
{
    /// <summary>A paragraph.</summary>
    Paragraph,
    /// <summary>An item of a list.</summary>
    ListItem,
    /// <summary>A row of a table, written "cell | cell"; with headers in <see cref="Block.RowText"/>.</summary>
    TableRow,
    /// <summary>Preformatted text.</summary>
    Preformatted,
}

/// <summary>The smallest unit the chunker keeps together where it fits.</summary>
/// <param name="Form">Form.</param>
/// <param name="Span">Range in <see cref="Document.Text"/>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Grade">Grade of the recommendation, where stated ("A", "1B", "Strong").</param>
/// <param name="TableHeader">Caption of the table or group of rows, to repeat when a table is split over passages.</param>
/// <param name="LeadIn">True when the block introduces the next one (a bold lead-in, "Recommendation 3:") and must not be parted from it.</param>
/// <param name="RowText">A table row as printed, with its column headers and the cells it shares with rows above: "header: cell; header: cell". The text itself has every cell once.</param>
public sealed record Block(BlockForm Form, CharSpan Span, ContentKind Kind = ContentKind.Narrative, string? Grade = null, string? TableHeader = null, bool LeadIn = false, string? RowText = null);
