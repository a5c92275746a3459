using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Readers.Mapping;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr ingest</c>: documents into the workspace.</summary>
static class IngestCommand
{
    private const int ShownRejections = 20;

    private static readonly Argument<string[]> Paths = new("path") { Description = "Files, folders, globs, addresses of pages (https://...), or - for standard input", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Source = new("--source") { Description = "Name of the source (default: source.json of the folder, else the folder's name)", HelpName = "NAME" };
    private static readonly Option<string?> Publisher = new("--publisher") { Description = "Publisher of what does not say it itself", HelpName = "NAME" };
    private static readonly Option<string?> Licence = new("--licence") { Description = "Licence of what does not say it itself", HelpName = "TEXT" };
    private static readonly Option<string?> Jurisdiction = new("--jurisdiction") { Description = "Country or body in whose area the documents are in force", HelpName = "NAME" };
    private static readonly Option<string?> Language = new("--language") { Description = "Language of what does not say it itself (default: en)", HelpName = "TAG" };
    private static readonly Option<string?> Published = new("--published") { Description = "Date of publication of what does not say it itself", HelpName = "YYYY-MM-DD" };
    private static readonly Option<string?> Format = new("--format") { Description = "Read every file as this format instead of looking at its content", HelpName = "FORMAT" };

    private static readonly Option<bool> AllowPrivate = new("--allow-private") { Description = "Fetch pages from private, loopback and link-local addresses too" };
    private static readonly Option<string[]> Map = new("--map")
    {
        Description = $"What a field of JSON, CSV or Parquet records is, where its name does not say it; may be given several times. FIELD is one of {string.Join(", ", FieldMap.Names)}; NAME is theirs, a path (meta.url), or the number of a column",
        HelpName = "FIELD=NAME",
    };

    internal static Command Create() => new Command("ingest", "Read documents into the workspace")
    {
        Paths, Source, Publisher, Licence, Jurisdiction, Language, Published, Format, Map, AllowPrivate, WatchMode.Watch, WatchMode.Interval,
    }
    .WithExamples(
        "jmlr ingest corpora",
        "jmlr ingest guidelines/ --source hospital --publisher \"St Elsewhere\" --jurisdiction UK --workspace /data/hospital",
        "jmlr ingest --watch guidelines/ --source hospital",
        "jmlr ingest https://example.org/guidelines/asthma.html --licence \"CC BY 4.0\"",
        "pandoc notes.odt -t html | jmlr ingest - --source ward --format html",
        "jmlr ingest notes.jsonl --map text=body --map title=heading --map id=uid --map date=meta.published",
        "jmlr ingest quiz.csv --map question=stem --map options=a --map options=b --map options=c --map answer=key --map reasoning=why",
        "jmlr ingest leaflets.tsv --map id=1 --map text=3")
    .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string? said = parsed.GetValue(Format), format = said is null ? null : ReaderRegistry.Default.FormatOf(said);
        if (said is not null && format is null)
        {
            throw new JmlrUsageException($"--format {said}: allowed are {string.Join(", ", ReaderRegistry.Default.Formats)} and the endings of such files (jsonl, tsv, md, txt, htm)");
        }

        var request = new IngestRequest
        {
            Paths = parsed.GetValue(Paths)!,
            Source = parsed.GetValue(Source),
            Given = Given(parsed),
            AllowPrivate = parsed.GetValue(AllowPrivate),
            Format = format,
            Fields = FieldMap.Parse(parsed.GetValue(Map) ?? []),
            Threads = parsed.GetValue(CommonOptions.Threads),
        };
        if (parsed.GetValue(WatchMode.Watch))
        {
            return WatchMode.Run(parsed, request, output, cancellation);
        }

        IngestJson result = Ingest(CommonOptions.Workspace(parsed), CommonOptions.ModelPath(parsed), request, output, cancellation);
        if (output.Json)
        {
            JsonOutput.Write(result);
        }
        else
        {
            output.Line(Summary(result));
            PrintDetails(result, output);
            output.Note("next: jmlr index build, or jmlr index update when there is an index already");
        }

        return result.Rejected.Count > 0 ? ExitCode.SomeRejected : ExitCode.Done;
    }

    /// <summary>What was refused and what looks like patients' data, the first of each.</summary>
    internal static void PrintDetails(IngestJson result, TerminalOutput output)
    {
        foreach (RejectedJson rejected in result.Rejected.Take(ShownRejections))
        {
            output.Line($"  rejected {rejected.Path}: {rejected.Why}");
        }

        if (result.Rejected.Count > ShownRejections)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"  and {result.Rejected.Count - ShownRejections:N0} more: --json lists all"));
        }

        foreach (WarningJson warning in result.Warnings.Take(ShownRejections))
        {
            output.Line($"  warning {warning.Path}: looks like patients' data ({warning.Said}): check it before it is indexed or shared");
        }

        if (result.Warnings.Count > ShownRejections)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"  and {result.Warnings.Count - ShownRejections:N0} more warnings: --json lists all"));
        }
    }

    private static GivenProvenance Given(ParseResult parsed)
    {
        string? date = parsed.GetValue(Published);
        DateOnly day = default;
        if (date is not null && !DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day))
        {
            throw new JmlrUsageException($"--published {date}: expected yyyy-mm-dd");
        }

        return new GivenProvenance
        {
            Publisher = parsed.GetValue(Publisher),
            Licence = parsed.GetValue(Licence),
            Jurisdiction = parsed.GetValue(Jurisdiction),
            Language = parsed.GetValue(Language),
            Published = date is null ? null : day,
        };
    }

    /// <summary>Ingests with progress; also used by the demo.</summary>
    internal static IngestJson Ingest(Workspace workspace, string model, IngestRequest request, TerminalOutput output, CancellationToken cancellation)
    {
        using var progress = new ProgressLine(output);
        return IngestJson.From(Ingestion.Run(workspace, model, request, progress, cancellation));
    }

    internal static string Summary(IngestJson result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Read:N0} documents read: {result.Added:N0} added, {result.Updated:N0} updated, {result.Unchanged:N0} unchanged, {result.Rejected.Count:N0} rejected; {result.Passages:N0} passages{(result.NearDuplicates > 0 ? $" ({result.NearDuplicates:N0} near-duplicates)" : "")}; {result.Bytes / 1e6:0.0} MB in {result.Seconds:0.0} s");
}
