using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Ingest.Store;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr sources</c>: what has been ingested, by source.</summary>
static class SourcesCommand
{
    internal static Command Create() => new Command("sources", "List what has been ingested")
        .WithExamples("jmlr sources", "jmlr sources --json")
        .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        using IPassageStore store = Stores.OpenForReading(CommonOptions.Workspace(parsed));
        SourceJson[] sources = [.. store.Documents
            .GroupBy(document => document.Key.Source, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(Summary)];
        if (output.Json)
        {
            JsonOutput.Write(new SourcesJson(store.Generation, sources));
            return ExitCode.Done;
        }

        output.Table(
            ["source", "documents", "passages", "superseded", "oldest", "newest", "licence"],
            sources.Select(source => (IReadOnlyList<string>)[
                source.Source, Number(source.Documents), Number(source.Passages), Number(source.Superseded),
                source.Oldest ?? "undated", source.Newest ?? "undated", source.Licence ?? "not stated"]));
        return ExitCode.Done;
    }

    private static SourceJson Summary(IGrouping<string, DocumentRecord> group)
    {
        DocumentRecord[] inForce = [.. group.Where(document => document.State == VersionState.InForce)];
        DateOnly?[] dates = [.. inForce.Select(document => document.Provenance.Published).Where(date => date is not null).Order()];
        string[] licences = [.. inForce.Select(document => document.Provenance.Licence).OfType<string>().Distinct(StringComparer.Ordinal)];
        return new SourceJson(
            group.Key, inForce.Length, inForce.Sum(document => (long)document.PassageCount), group.Count(document => document.State == VersionState.Superseded),
            Date(dates.FirstOrDefault()), Date(dates.LastOrDefault()), licences.Length switch { 0 => null, 1 => licences[0], _ => $"{licences.Length} licences" });
    }

    private static string? Date(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
