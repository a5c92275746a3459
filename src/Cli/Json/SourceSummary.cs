using System.Globalization;
using Jmlr.Ingest.Store;

namespace Jmlr.Cli.Json;

/// <summary>Counts, dates and ages of the documents of a source. Ages are the guidelines', not the files'.</summary>
static class SourceSummary
{
    private const double DaysPerYear = 365.25;

    internal static SourceJson Of(string name, DocumentRecord[] documents, int staleYears)
    {
        DocumentRecord[] inForce = [.. documents.Where(static document => document.State == VersionState.InForce)];
        DateOnly?[] dates = [.. inForce.Select(static document => document.Provenance.Published).Where(static date => date is not null).Order()];
        double[] years = [.. inForce.Select(Age).OfType<double>().Order()];
        return new SourceJson(
            name, inForce.Length, inForce.Sum(static document => (long)document.PassageCount), Count(documents, VersionState.Superseded), Count(documents, VersionState.Withdrawn),
            Date(dates.FirstOrDefault()), Date(dates.LastOrDefault()), inForce.Length - dates.Length, years.Length == 0 ? null : years[years.Length / 2],
            inForce.Count(document => IsStale(document, staleYears)), OneOf(inForce.Select(static document => document.Provenance.Jurisdiction), "areas"),
            OneOf(inForce.Select(static document => document.Provenance.Licence), "licences"));
    }

    /// <summary>Age of the guideline in years; null when it has no date.</summary>
    internal static double? Age(DocumentRecord document) =>
        document.Provenance.Published is DateOnly date ? Math.Round((DateOnly.FromDateTime(DateTime.UtcNow).DayNumber - date.DayNumber) / DaysPerYear, 1) : null;

    /// <summary>True for a version in force that was published more than so many years ago.</summary>
    internal static bool IsStale(DocumentRecord document, int years) =>
        document.State == VersionState.InForce && document.Provenance.Published is DateOnly date && date < DateOnly.FromDateTime(DateTime.UtcNow).AddYears(-years);

    internal static string? Date(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static int Count(DocumentRecord[] documents, VersionState state) => documents.Count(document => document.State == state);

    private static string? OneOf(IEnumerable<string?> values, string several)
    {
        string[] distinct = [.. values.OfType<string>().Distinct(StringComparer.Ordinal)];
        return distinct.Length switch { 0 => null, 1 => distinct[0], _ => $"{distinct.Length} {several}" };
    }
}
