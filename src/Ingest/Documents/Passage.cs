namespace Jmlr.Ingest.Documents;

/// <summary>A stretch of a document that fits the retriever's passage length: the unit of indexing, search and citation.</summary>
public sealed record Passage
{
    /// <summary>Identity, <c>key@version#ordinal</c>.</summary>
    public required PassageId Id { get; init; }

    /// <summary>Title of the document.</summary>
    public required string Title { get; init; }

    /// <summary>Headings above the passage, outermost first.</summary>
    public required IReadOnlyList<string> HeadingPath { get; init; }

    /// <summary>The passage as printed and cited (for a table: with repeated headers).</summary>
    public required string Text { get; init; }

    /// <summary>Range in <see cref="Document.Text"/> that the passage covers.</summary>
    public required CharSpan Span { get; init; }

    /// <summary>Page of the original (PDF), from 1.</summary>
    public int? Page { get; init; }

    /// <summary>What it is.</summary>
    public ContentKind Kind { get; init; }

    /// <summary>Grade of the recommendation, where stated.</summary>
    public string? Grade { get; init; }

    /// <summary>Id of the question a question or reasoning belongs to (leak guard).</summary>
    public string? QuestionId { get; init; }

    /// <summary>BCP 47 language tag.</summary>
    public string Language { get; init; } = "en";

    /// <summary>"Title — Heading › Heading", the line that travels with the text into the retriever and the prompt.</summary>
    public string Heading => HeadingPath.Count == 0 ? Title : $"{Title} — {string.Join(" › ", HeadingPath)}";

    /// <summary>What the retriever encodes: heading line, newline, text. Its tokens fit the retriever's passage length.</summary>
    public string RetrieverText => $"{Heading}\n{Text}";
}
