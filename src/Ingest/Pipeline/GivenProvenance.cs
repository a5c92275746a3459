using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Pipeline;

/// <summary>Provenance that the user gives for everything of one ingestion: before any <c>source.json</c>, after what a file says of itself. Null says nothing.</summary>
public sealed record GivenProvenance
{
    /// <summary>Name of the source.</summary>
    public string? Source { get; init; }

    /// <summary>Publishing organisation.</summary>
    public string? Publisher { get; init; }

    /// <summary>Licence or copyright statement.</summary>
    public string? Licence { get; init; }

    /// <summary>Country or body in whose area the documents are in force.</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>BCP 47 language tag.</summary>
    public string? Language { get; init; }

    /// <summary>Date of publication.</summary>
    public DateOnly? Published { get; init; }

    internal Provenance Over(Provenance other) => other with
    {
        Source = Source ?? other.Source,
        Publisher = Publisher ?? other.Publisher,
        Licence = Licence ?? other.Licence,
        Jurisdiction = Jurisdiction ?? other.Jurisdiction,
        Language = Language ?? other.Language,
        Published = Published ?? other.Published,
    };
}
