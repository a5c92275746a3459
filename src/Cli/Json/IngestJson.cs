using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Privacy;

namespace Jmlr.Cli.Json;

/// <summary><c>ingest --json</c>.</summary>
sealed record IngestJson(
    long Read, long Added, long Updated, long Unchanged, IReadOnlyList<RejectedJson> Rejected, long Passages, long? NearDuplicates, long Bytes, double Seconds, IReadOnlyList<WarningJson> Warnings)
{
    internal static IngestJson From(IngestResult result) => new(
        result.Read, result.Added, result.Updated, result.Unchanged, [.. result.Rejected.Select(static rejection => new RejectedJson(rejection.Path, rejection.Why))],
        result.Passages, result.NearDuplicates, result.Bytes, Math.Round(result.Seconds, 3), [.. result.Warnings.Select(WarningJson.From)]);
}

/// <summary>A line of <c>ingest --watch --json</c>: one change of the folder.</summary>
sealed record WatchJson(IngestJson Change, long Removed);

/// <summary>A file that was not taken.</summary>
sealed record RejectedJson(string Path, string Why);

/// <summary>A file that looks as if it had patients' data in it: how often what kind, never what.</summary>
sealed record WarningJson(string Path, string What, IReadOnlyDictionary<string, int> Counts)
{
    internal static WarningJson From(PatientDataWarning warning) =>
        new(warning.File, "patient_data", warning.Counts.ToDictionary(static count => JsonNames.Of(count.Key), static count => count.Value));

    /// <summary>"2 date of birth, 1 nhs number".</summary>
    internal string Said => string.Join(", ", Counts.Select(static count => $"{count.Value} {count.Key.Replace('_', ' ')}"));
}
