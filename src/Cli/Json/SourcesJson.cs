namespace Jmlr.Cli.Json;

/// <summary><c>sources --json</c>.</summary>
sealed record SourcesJson(long Generation, IReadOnlyList<SourceJson> Sources);

/// <summary>One source; counts are of versions in force unless named otherwise.</summary>
sealed record SourceJson(string Source, int Documents, long Passages, int Superseded, string? Oldest, string? Newest, string? Licence);
