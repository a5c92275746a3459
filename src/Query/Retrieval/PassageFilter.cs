using Jmlr.Ingest.Documents;

namespace Jmlr.Query.Retrieval;

/// <summary>Which passages may be found. Lists say "one of these" and are open when empty; every condition must hold. Applied before anything is scored, so the top-k is complete.</summary>
public sealed record PassageFilter
{
    /// <summary>Names of sources.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Words that the publisher's name holds.</summary>
    public IReadOnlyList<string> Publishers { get; init; } = [];

    /// <summary>Jurisdictions.</summary>
    public IReadOnlyList<string> Jurisdictions { get; init; } = [];

    /// <summary>Words that the licence statement holds.</summary>
    public IReadOnlyList<string> Licences { get; init; } = [];

    /// <summary>Language tags; "en" takes "en-GB" too.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Kinds of passage. Empty: everything but question stems, which are much like other questions and no evidence for anything.</summary>
    public IReadOnlyList<ContentKind> Kinds { get; init; } = [];

    /// <summary>Grades of recommendation, as stated ("A", "1B", "Strong").</summary>
    public IReadOnlyList<string> Grades { get; init; } = [];

    /// <summary>First day of publication; undated documents fall out.</summary>
    public DateOnly? PublishedFrom { get; init; }

    /// <summary>Last day of publication; undated documents fall out.</summary>
    public DateOnly? PublishedTo { get; init; }

    /// <summary>Only versions that were in force on this day; null for those in force now.</summary>
    public DateOnly? AsOf { get; init; }

    /// <summary>Superseded and withdrawn versions as well.</summary>
    public bool IncludeSuperseded { get; init; }

    /// <summary>Id of a stored question that, with its reasoning, must not be found (leak guard).</summary>
    public string? ExcludeQuestion { get; init; }
}
