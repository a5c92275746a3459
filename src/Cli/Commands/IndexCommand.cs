using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr index</c>: build, update, compact, rollback, status, verify.</summary>
static class IndexCommand
{
    private static readonly Option<int> Bits = new("--bits") { Description = "Bits of a residual: 1, 2, 4 or 8", HelpName = "N", DefaultValueFactory = _ => 4 };
    private static readonly Option<string> Buckets = new("--buckets") { Description = "Where the values of a residual are cut: lloyd-max (least squared error) or quantiles (as colbert-ai)", HelpName = "RULE", DefaultValueFactory = _ => "lloyd-max" };

    internal static Command Create()
    {
        var command = new Command("index", "Build, update and check the index");
        command.Subcommands.Add(new Command("build", "Build the index anew from everything ingested") { Bits, Buckets }
            .WithExamples("jmlr index build", "jmlr index build --bits 2 --workspace /data/hospital", "jmlr index build --buckets quantiles")
            .Runs((parsed, output, cancellation) => Change(parsed, output, update: false, cancellation)));
        command.Subcommands.Add(new Command("update", "Add, replace and remove what changed since the last build")
            .WithExamples("jmlr ingest new-guidelines && jmlr index update")
            .Runs((parsed, output, cancellation) => Change(parsed, output, update: true, cancellation)));
        command.Subcommands.Add(IndexMaintenanceCommand.Compact());
        command.Subcommands.Add(IndexMaintenanceCommand.Rollback());
        command.Subcommands.Add(IndexExchangeCommand.Import());
        command.Subcommands.Add(IndexExchangeCommand.Export());
        command.Subcommands.Add(new Command("status", "Show generation, segments, sizes")
            .WithExamples("jmlr index status", "jmlr index status --json")
            .Runs(Status));
        command.Subcommands.Add(IndexVerifyCommand.Create());
        return command;
    }

    private static int Change(ParseResult parsed, TerminalOutput output, bool update, CancellationToken cancellation)
    {
        // An update goes by the bits of the index.
        IndexSettings settings = update ? new IndexSettings() : new IndexSettings { Bits = DemandBits(parsed.GetValue(Bits)), QuantileBuckets = AreQuantiles(parsed.GetValue(Buckets)!) };
        IndexChangeJson change = Build(CommonOptions.Workspace(parsed), CommonOptions.ModelPath(parsed), CommonOptions.Session(parsed), output, settings, update, cancellation);
        return Report(change, output);
    }

    /// <summary>Says what changed.</summary>
    internal static int Report(IndexChangeJson change, TerminalOutput output)
    {
        if (output.Json)
        {
            JsonOutput.Write(change);
        }
        else
        {
            output.Line(Summary(change));
        }

        return ExitCode.Done;
    }

    internal static int DemandBits(int bits) => bits is 1 or 2 or 4 or 8 ? bits : throw new JmlrUsageException($"--bits {bits}: allowed are 1, 2, 4 and 8");

    private static bool AreQuantiles(string rule) => rule switch
    {
        "lloyd-max" => false,
        "quantiles" => true,
        _ => throw new JmlrUsageException($"--buckets {rule}: allowed are lloyd-max and quantiles"),
    };

    /// <summary>Builds or updates with progress; also used by the demo.</summary>
    internal static IndexChangeJson Build(
        Workspace workspace, string model, SessionOptions session, TerminalOutput output, IndexSettings settings, bool update, CancellationToken cancellation)
    {
        using var progress = new ProgressLine(output);
        long started = Stopwatch.GetTimestamp();
        IndexChange change = Indexing.Run(workspace, model, session, settings with { Threads = session.Threads }, update, progress, cancellation);
        return IndexChangeJson.From(change, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    internal static string Summary(IndexChangeJson change) => string.Create(
        CultureInfo.InvariantCulture,
        $"generation {change.Generation}: {change.Added:N0} passages added, {change.Removed:N0} removed, {change.Kept:N0} kept; {change.Encoded:N0} encoded; {(change.NewCodec > 0 ? $"{change.NewCodec:N0} under a codec of their own, as the former one no longer fitted; " : "")}{change.Seconds:0.0} s");

    private static int Status(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        Workspace workspace = CommonOptions.Workspace(parsed).RequireIndex();
        IndexStatus status = IndexStatus.Read(workspace.IndexPath);
        Staleness stale = Indexing.Compare(workspace);
        if (output.Json)
        {
            JsonOutput.Write(IndexStatusJson.From(status, stale));
            return ExitCode.Done;
        }

        output.Line(string.Create(CultureInfo.InvariantCulture, $"generation     {status.Generation} (kept: {string.Join(", ", status.Generations)})"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"passages       {status.LivePassages:N0} live, {status.DeadPassages:N0} dead, in {status.Segments} segments"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"tokens         {status.LiveTokens:N0} live, {status.DeadTokens:N0} dead"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"size           {status.Bytes:N0} bytes, {status.BytesPerToken:0.0} a token ({status.Bits} bits a dimension, {status.Centroids:N0} centroids)"));
        IndexStatusPrinter.PrintRecall(status, output);
        IndexStatusPrinter.PrintFit(status, output);
        IndexStatusPrinter.PrintStale(stale, output);
        return ExitCode.Done;
    }
}
