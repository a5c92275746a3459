using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Ingest.Pipeline;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr ingest --watch</c>: a folder kept in step until Ctrl-C.</summary>
static class WatchMode
{
    private const double MinSeconds = 0.1;
    private const double MaxSeconds = 3600;

    internal static readonly Option<bool> Watch = new("--watch") { Description = "Keep the folder in step until Ctrl-C: new and changed files are read, documents whose file is gone are removed" };
    internal static readonly Option<double> Interval = new("--interval") { Description = "Seconds between two looks at the folder; a change is read when it has settled for one", HelpName = "SECONDS", DefaultValueFactory = _ => 2 };

    internal static int Run(ParseResult parsed, IngestRequest request, TerminalOutput output, CancellationToken cancellation)
    {
        double seconds = CommonOptions.Bounded(parsed, Interval, MinSeconds, MaxSeconds);
        if (request.Paths is not [string folder] || !Directory.Exists(folder))
        {
            throw new JmlrUsageException($"--watch needs one folder, not '{string.Join(" ", request.Paths)}'");
        }

        output.Note($"watching '{folder}': Ctrl-C ends it");
        using var progress = new ProgressLine(output);
        FolderWatching.Run(CommonOptions.Workspace(parsed), CommonOptions.ModelPath(parsed), request, TimeSpan.FromSeconds(seconds), result => Report(result, output), output.Note, progress, cancellation);
        return ExitCode.Done;
    }

    private static void Report(IngestResult result, TerminalOutput output)
    {
        if (output.Json)
        {
            JsonOutput.Write(new WatchJson(IngestJson.From(result), result.Removed));
            return;
        }

        string time = DateTimeOffset.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        output.Line($"{time} {IngestCommand.Summary(IngestJson.From(result))}{(result.Removed > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {result.Removed:N0} removed") : "")}");
        IngestCommand.PrintDetails(IngestJson.From(result), output);
    }
}
