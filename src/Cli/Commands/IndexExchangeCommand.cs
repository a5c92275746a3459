using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Interop;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr index import</c> and <c>jmlr index export</c>: indexes of colbert-ai, fast-plaid and next-plaid, code for code.</summary>
static class IndexExchangeCommand
{
    private static readonly Argument<string> Source = new("FOLDER") { Description = "Index folder of colbert-ai, fast-plaid or next-plaid; which of them is seen from its files" };
    private static readonly Argument<string> Target = new("FOLDER") { Description = "Folder to make; it must not exist" };
    private static readonly Option<string?> Ids = new("--ids") { Description = "Passage id of each passage of that index, a line each (default: its pid_docid_map.json)", HelpName = "FILE" };

    private static readonly Option<string> Layout = new("--layout") { Description = $"Whose files: {string.Join(", ", IndexLayouts.Names)}", HelpName = "NAME", DefaultValueFactory = _ => IndexLayouts.Names[0] };

    internal static Command Import() => new Command("import", "Take over an index of another engine over passages of the store, without encoding") { Source, Ids }
        .WithExamples("jmlr index import experiments/default/indexes/guidelines --ids ids.txt", "jmlr index import exported --json")
        .Runs(RunImport);

    internal static Command Export() => new Command("export", "Write the index as another engine has it") { Target, Layout }
        .WithExamples("jmlr index export exported", "jmlr index export exported --layout next-plaid --json")
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

        return IndexCommand.Report(IndexChangeJson.From(change, Stopwatch.GetElapsedTime(started).TotalSeconds), output);
    }

    private static int RunExport(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string name = parsed.GetValue(Layout)!;
        if (!IndexLayouts.TryParse(name, out IndexLayout layout))
        {
            throw new JmlrUsageException($"--layout {name}: allowed are {string.Join(", ", IndexLayouts.Names)}");
        }

        Workspace workspace = CommonOptions.Workspace(parsed).RequireIndex();
        string target = Path.GetFullPath(parsed.GetValue(Target)!);
        int passages;
        using (var progress = new ProgressLine(output))
        {
            passages = IndexExport.Run(workspace.IndexPath, target, layout, progress, cancellation);
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
