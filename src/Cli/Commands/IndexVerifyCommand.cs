using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Storage;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr index verify</c>: checks the index for itself and against the store, and mends it when asked.</summary>
static class IndexVerifyCommand
{
    private static readonly Option<bool> Repair = new("--repair") { Description = "Make what is damaged anew from the store" };

    internal static Command Create() => new Command("verify", "Read every byte, check every checksum and reference, compare every text with the store") { Repair }
        .WithExamples("jmlr index verify", "jmlr index verify --json", "jmlr index verify --repair")
        .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        Workspace workspace = CommonOptions.Workspace(parsed).RequireIndex();
        IndexVerification found = Verify(workspace, output, cancellation), now = found;
        IndexChange? repair = null;
        if (!found.Ok && parsed.GetValue(Repair))
        {
            using (var progress = new ProgressLine(output))
            {
                repair = Indexing.Repair(workspace, CommonOptions.ModelPath(parsed), CommonOptions.Session(parsed), found.Errors, progress, cancellation);
            }

            now = Verify(workspace, output, cancellation);
        }

        if (output.Json)
        {
            JsonOutput.Write(VerifyJson.From(now, repair is null ? null : found.Errors));
        }
        else
        {
            Print(found, output);
            if (repair is not null)
            {
                output.Line(string.Create(CultureInfo.InvariantCulture, $"repaired: {repair.Added:N0} passages written anew, {repair.Encoded:N0} of them encoded"));
                Print(now, output);
            }
            else if (!found.Ok)
            {
                output.Line("'jmlr index verify --repair' makes what is damaged anew from the store");
            }
        }

        return now.Ok ? ExitCode.Done : ExitCode.Integrity;
    }

    private static IndexVerification Verify(Workspace workspace, TerminalOutput output, CancellationToken cancellation)
    {
        using var progress = new ProgressLine(output);
        return Indexing.Verify(workspace, progress, cancellation);
    }

    private static void Print(IndexVerification result, TerminalOutput output)
    {
        foreach (IndexFault fault in result.Errors)
        {
            output.Line($"{fault.File}{(fault.Section is null ? "" : $" [{fault.Section}]")}{(fault.Offset is long at ? $" at {at}" : "")}: {fault.What}");
        }

        output.Line(result.Ok
            ? string.Create(CultureInfo.InvariantCulture, $"ok: generation {result.Generation}, {result.Segments} segments, {result.Passages:N0} passages, {result.Tokens:N0} tokens")
            : $"{result.Errors.Count} faults");
        if (result.Store is null)
        {
            output.Line("the index was not compared with the store");
        }
        else if (result.Store is { Missing: > 0 } or { Surplus: > 0 })
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"the store has {result.Store.Missing:N0} passages that the index lacks, and lacks {result.Store.Surplus:N0} of its: run 'jmlr index update'"));
        }
    }
}
