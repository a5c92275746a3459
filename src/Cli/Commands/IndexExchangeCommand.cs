using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Interop;
using Jmlr.Index.Storage;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr index import</c> and <c>jmlr index export</c>: indexes of colbert-ai, code for code.</summary>
static class IndexExchangeCommand
{
    private static readonly Argument<string> Source = new("FOLDER") { Description = "Index folder of colbert-ai 0.2" };
    private static readonly Argument<string> Target = new("FOLDER") { Description = "Folder to make; it must not exist" };
    private static readonly Option<string?> Ids = new("--ids") { Description = "Passage id of each passage of that index, a line each (default: its pid_docid_map.json)", HelpName = "FILE" };

    internal static Command Import() => new Command("import", "Take over an index of colbert-ai over passages of the store, without encoding") { Source, Ids }
        .WithExamples("jmlr index import experiments/default/indexes/guidelines --ids ids.txt", "jmlr index import exported --json")
        .Runs(RunImport);

    internal static Command Export() => new Command("export", "Write the index as colbert-ai has it") { Target }
        .WithExamples("jmlr index export exported", "jmlr index export exported --json")
        .Runs(RunExport);

    private static int RunImport(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        IndexChange change;
        using (var progress = new ProgressLine(output))
        {
            change = Indexing.Import(
                CommonOptions.Workspace(parsed), CommonOptions.ModelPath(parsed), CommonOptions.Session(parsed), parsed.GetValue(Source)!, parsed.GetValue(Ids), progress, cancellation);
        }

        var json = new IndexChangeJson(change.Generation, change.Added, change.Removed, change.Kept, change.Encoded, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3));
        if (output.Json)
        {
            JsonOutput.Write(json);
        }
        else
        {
            output.Line(IndexCommand.Summary(json));
        }

        return ExitCode.Done;
    }

    private static int RunExport(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        Workspace workspace = CommonOptions.Workspace(parsed).RequireIndex();
        string target = Path.GetFullPath(parsed.GetValue(Target)!);
        int passages;
        using (var progress = new ProgressLine(output))
        {
            passages = ColbertExport.Run(workspace.IndexPath, target, progress, cancellation);
        }

        if (output.Json)
        {
            JsonOutput.Write(new IndexExportJson(target, passages));
        }
        else
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{passages:N0} passages written to {target}"));
        }

        return ExitCode.Done;
    }
}
