using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr index compact</c> and <c>jmlr index rollback</c>: changes that need neither store nor model.</summary>
static class IndexMaintenanceCommand
{
    private static readonly Option<long> To = new("--to") { Description = "Generation to bring back ('jmlr index status' lists those that are kept)", HelpName = "GENERATION", Required = true };

    internal static Command Compact() => new Command("compact", "Write the segments anew without their dead passages, as one where they fit")
        .WithExamples("jmlr index compact", "jmlr index update && jmlr index compact --json")
        .Runs(RunCompact);

    internal static Command Rollback() => new Command("rollback", "Put an earlier generation in force again, as a new one") { To }
        .WithExamples("jmlr index status", "jmlr index rollback --to 7", "jmlr index rollback --to 7 --json")
        .Runs(RunRollback);

    private static int RunCompact(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string folder = CommonOptions.Workspace(parsed).RequireIndex().IndexPath;
        IndexStatus before = IndexStatus.Read(folder);
        long started = Stopwatch.GetTimestamp();
        using (var progress = new ProgressLine(output))
        {
            IndexMaintenance.Compact(folder, progress, cancellation);
        }

        IndexStatus after = IndexStatus.Read(folder);
        double seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3);
        if (output.Json)
        {
            JsonOutput.Write(new CompactJson(after.Generation, before.Generation, after.Segments, before.Segments, after.LivePassages, before.DeadPassages - after.DeadPassages, after.Bytes, before.Bytes, seconds));
        }
        else if (after.Generation == before.Generation)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"generation {after.Generation}: nothing to do, no passage is dead and the segments are as few as can be"));
        }
        else
        {
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"generation {after.Generation}: {before.Segments:N0} segments made {after.Segments:N0}, {before.DeadPassages:N0} dead passages dropped; {before.Bytes:N0} bytes made {after.Bytes:N0}; {seconds:0.0} s"));
        }

        return ExitCode.Done;
    }

    private static int RunRollback(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        long to = parsed.GetValue(To);
        if (to < 1)
        {
            throw new JmlrUsageException(string.Create(CultureInfo.InvariantCulture, $"--to {to}: generations count from 1"));
        }

        string folder = CommonOptions.Workspace(parsed).RequireIndex().IndexPath;
        long before = IndexMaintenance.Generation(folder), now = IndexMaintenance.Rollback(folder, to, cancellation);
        IndexStatus status = IndexStatus.Read(folder);
        if (output.Json)
        {
            JsonOutput.Write(new RollbackJson(now, before, to, status.LivePassages, status.LiveTokens));
        }
        else if (now == before)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"generation {to} is in force already"));
        }
        else
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"generation {now}: as generation {to} was, {status.LivePassages:N0} passages; generation {before} is kept"));
        }

        return ExitCode.Done;
    }
}
