using Jmlr.Ingest.Readers.Mapping;
using Jmlr.Ingest.Web;

namespace Jmlr.Ingest.Pipeline;

/// <summary>What to ingest and how.</summary>
public sealed record IngestRequest
{
    /// <summary>Addresses (<c>https://</c>), files, folders (read recursively, hidden ones passed over), globs, or "-" for standard input.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Name of the source; null: from <c>source.json</c>, else the name of the folder.</summary>
    public string? Source { get; init; }

    /// <summary>Provenance for what does not say it itself.</summary>
    public GivenProvenance Given { get; init; } = new();

    /// <summary>Format of every file (<see cref="Readers.ReaderRegistry.Formats"/>); null: by content.</summary>
    public string? Format { get; init; }

    /// <summary>What the fields of records are; null: by their names.</summary>
    public FieldMap? Fields { get; init; }

    /// <summary>Documents in a commit.</summary>
    public int BatchSize { get; init; } = 2000;

    /// <summary>Threads that read and chunk, 1 or 2 or more.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Largest file taken, in bytes; JSON lines come in pieces and may be larger.</summary>
    public long MaxFileBytes { get; init; } = 256L << 20;

    /// <summary>True to fetch pages from private, loopback and link-local addresses too.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>How pages are fetched; null: addresses are refused.</summary>
    public WebOptions? Web { get; init; }

    /// <summary>The change to make, of a folder that is kept in step; null: everything is read.</summary>
    internal IngestStep? Step { get; init; }

    internal GivenProvenance Provenance => Given with { Source = Source ?? Given.Source };

    /// <summary>Standard input, for "-".</summary>
    public Stream? StandardInput { get; init; }
}
