using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr sources</c>: what has been ingested, by source; a source in detail; renaming and removing.</summary>
static class SourcesCommand
{
    private const int ShownDocuments = 50;
    private const int DefaultYears = 5;

    private static readonly Argument<string> Name = new("source") { Description = "Name of a source, as 'jmlr sources' lists it" };
    private static readonly Argument<string> Target = new("source") { Description = "Name of a source, or the key of a document, source:name" };

    private static readonly Option<int> StaleYears = new("--stale") { Description = "Years after which a guideline counts as stale", HelpName = "YEARS", DefaultValueFactory = _ => DefaultYears, Recursive = true };

    internal static Command Create()
    {
        Command command = new Command("sources", "List what has been ingested") { StaleYears }.WithExamples("jmlr sources", "jmlr sources show samples", "jmlr sources rename samples teaching", "jmlr sources remove samples").Runs(List);
        command.Subcommands.Add(new Command("list", "List what has been ingested, by source")
            .WithExamples("jmlr sources list", "jmlr sources list --stale 3", "jmlr sources list --json")
            .Runs(List));
        command.Subcommands.Add(new Command("show", "Show one source: documents, dates, states") { Name }
            .WithExamples("jmlr sources show samples", "jmlr sources show samples --json")
            .Runs(Show));
        command.Subcommands.Add(new Command("remove", "Remove a source or one document, with all versions") { Target }
            .WithExamples("jmlr sources remove samples && jmlr index update", "jmlr sources remove samples:asthma-acute")
            .Runs(Remove));
        command.Subcommands.Add(SourcesRenameCommand.Create());
        return command;
    }

    private static int List(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        int years = CommonOptions.Bounded(parsed, StaleYears, 1, 200);
        using IPassageStore store = Stores.OpenForReading(CommonOptions.Workspace(parsed));
        SourceJson[] sources = [.. Present(store)
            .GroupBy(document => document.Key.Source, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => SourceSummary.Of(group.Key, [.. group], years))];
        if (output.Json)
        {
            JsonOutput.Write(new SourcesJson(store.Generation, sources));
            return ExitCode.Done;
        }

        output.Table(
            ["source", "documents", "passages", "superseded", "withdrawn", "oldest", "newest", "stale", "area", "licence"],
            sources.Select(source => (IReadOnlyList<string>)[
                source.Source, Number(source.Documents), Number(source.Passages), Number(source.Superseded), Number(source.Withdrawn),
                source.Oldest ?? "undated", source.Newest ?? "undated", Number(source.Stale), source.Jurisdiction ?? "not stated", source.Licence ?? "not stated"]));
        return ExitCode.Done;
    }

    private static int Show(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string name = parsed.GetValue(Name)!;
        int years = CommonOptions.Bounded(parsed, StaleYears, 1, 200);
        using IPassageStore store = Stores.OpenForReading(CommonOptions.Workspace(parsed));
        DocumentRecord[] documents = [.. Present(store).Where(document => document.Key.Source == name)];
        if (documents.Length == 0)
        {
            throw new JmlrUsageException($"no source '{name}' in this workspace: 'jmlr sources' lists what there is");
        }

        SourceJson summary = SourceSummary.Of(name, documents, years);
        ILookup<DocumentKey, string> successors = Present(store).Where(static document => document.Provenance.Supersedes is DocumentKey old && old != document.Key)
            .Select(static document => (Old: document.Provenance.Supersedes!.Value, New: document.Key.ToString())).Distinct().ToLookup(static link => link.Old, static link => link.New);
        SourceDocumentJson[] all = [.. documents.Select(document => new SourceDocumentJson(
            document.Key.ToString(), document.Version.ToString(), JsonNames.Of(document.State), document.Title, SourceSummary.Date(document.Provenance.Published), SourceSummary.Age(document),
            SourceSummary.IsStale(document, years), document.Provenance.Supersedes?.ToString(), [.. successors[document.Key]], document.PassageCount, document.Provenance.Format))];
        SourceDetailJson detail = new(
            store.Generation, summary, Names(documents, static p => p.Publisher), Names(documents, static p => p.Jurisdiction), Names(documents, static p => p.Licence), Names(documents, static p => p.Format), Names(documents, static p => p.Language), all);
        if (output.Json)
        {
            JsonOutput.Write(detail);
            return ExitCode.Done;
        }

        output.Heading(name);
        output.Line($"  {Number(summary.Documents)} documents in force, {Number(summary.Superseded)} versions superseded, {Number(summary.Withdrawn)} withdrawn; {Number(summary.Passages)} passages; {summary.Oldest ?? "undated"} to {summary.Newest ?? "undated"}");
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  {summary.Stale:N0} stale (published more than {years} years ago), {summary.Undated:N0} undated{(summary.MedianYears is double median ? $"; half are older than {median:0.0} years" : "")}"));
        foreach ((string label, IReadOnlyList<string> values) in new[] { ("publishers", detail.Publishers), ("jurisdictions", detail.Jurisdictions), ("licences", detail.Licences), ("formats", detail.Formats), ("languages", detail.Languages) })
        {
            output.Line($"  {label,-14}{(values.Count == 0 ? "not stated" : TerminalText.OneLine(string.Join(", ", values), 300))}");
        }

        output.Line();
        output.Table(
            ["document", "published", "years old", "state", "passages", "replaced by", "title"],
            all.Take(ShownDocuments).Select(document => (IReadOnlyList<string>)[
                document.Document, document.Published ?? "undated", document.Years?.ToString("0.0", CultureInfo.InvariantCulture) ?? "", document.Stale ? $"{document.State}, stale" : document.State, Number(document.Passages), string.Join(", ", document.SupersededBy), TerminalText.OneLine(document.Title, 60)]));
        if (all.Length > ShownDocuments)
        {
            output.Line($"and {Number(all.Length - ShownDocuments)} more: --json lists all");
        }

        return ExitCode.Done;
    }

    private static int Remove(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string target = parsed.GetValue(Target)!;
        var workspace = CommonOptions.Workspace(parsed);
        Stores.OpenForReading(workspace).Dispose(); // a workspace without a store is an error, not a reason to make one
        using IPassageStore store = Stores.OpenForWriting(workspace);
        DocumentKey[] keys = [.. Present(store).Where(document => document.Key.Source == target || document.Key.ToString() == target).Select(static document => document.Key).Distinct()];
        if (keys.Length == 0)
        {
            throw new JmlrUsageException($"no source or document '{target}' in this workspace: 'jmlr sources' lists what there is");
        }

        foreach (DocumentKey key in keys)
        {
            cancellation.ThrowIfCancellationRequested();
            store.Remove(key);
        }

        store.Commit();
        if (output.Json)
        {
            JsonOutput.Write(new RemovedJson(store.Generation, target, keys.Length));
        }
        else
        {
            output.Line($"{Number(keys.Length)} documents removed");
            output.Note("next: jmlr index update takes them out of the index");
        }

        return ExitCode.Done;
    }

    private static IEnumerable<DocumentRecord> Present(IPassageStore store) => store.Documents.Where(static document => document.State != VersionState.Removed);

    private static string[] Names(DocumentRecord[] documents, Func<Provenance, string?> field) =>
        [.. documents.Select(document => field(document.Provenance)).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
