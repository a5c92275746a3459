namespace Jmlr.Cli.Json;

/// <summary><c>ingest --json</c>.</summary>
sealed record IngestJson(long Read, long Added, long Updated, long Unchanged, IReadOnlyList<RejectedJson> Rejected, long Passages, long Bytes, double Seconds);

/// <summary>A file that was not taken.</summary>
sealed record RejectedJson(string Path, string Why);
