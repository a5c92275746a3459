namespace Jmlr.Ingest.Documents;

/// <summary>Where a document comes from and what may be done with it. Unknown values are null, never guessed.</summary>
public sealed record Provenance
{
    /// <summary>Name of the source (folder name or <c>--source</c>).</summary>
    public required string Source { get; init; }

    /// <summary>Publishing organisation.</summary>
    public string? Publisher { get; init; }

    /// <summary>Address of the original.</summary>
    public string? Url { get; init; }

    /// <summary>Country or body in whose area the guideline is in force.</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>Licence or copyright statement.</summary>
    public string? Licence { get; init; }

    /// <summary>Date of publication or last revision of this version.</summary>
    public DateOnly? Published { get; init; }

    /// <summary>When the file was read.</summary>
    public DateTimeOffset? Retrieved { get; init; }

    /// <summary>Key of the document that this one replaces.</summary>
    public DocumentKey? Supersedes { get; init; }

    /// <summary>Evidence grade or grading scheme of the document as a whole, where stated.</summary>
    public string? EvidenceGrade { get; init; }

    /// <summary>True when the publisher has withdrawn the document.</summary>
    public bool Withdrawn { get; init; }

    /// <summary>BCP 47 language tag.</summary>
    public string Language { get; init; } = "en";

    /// <summary>The file it was read from, relative to the folder the user named.</summary>
    public string? File { get; init; }

    /// <summary>SHA-256 (hex) of the file's bytes.</summary>
    public string? FileHash { get; init; }

    /// <summary>Format it was read as ("html", "markdown", "text", "jsonl").</summary>
    public string? Format { get; init; }
}
