namespace Jmlr.Cli.Json;

/// <summary><c>sources --json</c>.</summary>
sealed record SourcesJson(long Generation, IReadOnlyList<SourceJson> Sources);

/// <summary>One source; counts are of versions in force unless named otherwise. Stale: published longer ago than asked; ages are the guidelines', in years.</summary>
sealed record SourceJson(
    string Source, int Documents, long Passages, int Superseded, int Withdrawn, string? Oldest, string? Newest, int Undated, double? MedianYears, int Stale, string? Jurisdiction, string? Licence);

/// <summary><c>sources show --json</c>.</summary>
sealed record SourceDetailJson(
    long Generation, SourceJson Source, IReadOnlyList<string> Publishers, IReadOnlyList<string> Jurisdictions, IReadOnlyList<string> Licences, IReadOnlyList<string> Formats, IReadOnlyList<string> Languages,
    IReadOnlyList<SourceDocumentJson> Documents);

/// <summary>A stored version of a document of a source; its age is the guideline's, in years.</summary>
sealed record SourceDocumentJson(string Document, string Version, string State, string Title, string? Published, double? Years, bool Stale, string? Supersedes, IReadOnlyList<string> SupersededBy, int Passages, string? Format);

/// <summary><c>sources rename --json</c>; links are those of other sources that follow.</summary>
sealed record RenamedJson(long Generation, string From, string To, int Documents, int Versions, int Links);

/// <summary><c>sources remove --json</c>.</summary>
sealed record RemovedJson(long Generation, string Removed, int Documents);
