using System.CommandLine;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Search;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Query.Evaluation;
using Jmlr.Query.Evaluation.Beir;
using Jmlr.Query.Lexical;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr eval</c>: how good retrieval is on collections with judged queries.</summary>
static class EvalCommand
{
    private static readonly Option<string> Beir = new("--beir") { Description = "Folder with corpus.jsonl, queries.jsonl and qrels/*.tsv", HelpName = "DIR", Required = true };
    private static readonly Option<string> Split = new("--split") { Description = "Which judgements: qrels/SPLIT.tsv", HelpName = "SPLIT", DefaultValueFactory = _ => "test" };
    private static readonly Option<int> Top = new("--top", "-k") { Description = "Documents ranked for each query", HelpName = "K", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> Bits = new("--bits") { Description = "Bits of a residual: 1, 2, 4 or 8", HelpName = "N", DefaultValueFactory = _ => 4 };
    private static readonly Option<string?> Keep = new("--keep") { Description = "Folder that keeps embeddings and index for the next run", HelpName = "DIR" };
    private static readonly Option<string?> RunFile = new("--run") { Description = "Write the ranking as a TREC run", HelpName = "FILE" };
    private static readonly Option<string?> Compare = new("--compare") { Description = "Compare with another TREC run, query by query", HelpName = "RUN" };

    internal static Command Create()
    {
        var command = new Command("eval", "Measure quality and speed");
        command.Subcommands.Add(new Command("retrieval", "Index a collection with judged queries, ask them all, measure as trec_eval does")
        {
            Beir, Split, Top, Bits, Keep, RunFile, Compare,
        }
        .WithPlan()
        .WithExamples(
            "jmlr eval retrieval --beir scifact",
            "jmlr eval retrieval --beir scifact --keep /tmp/scifact --run ours.trec --json",
            "jmlr eval retrieval --beir scifact --keep /tmp/scifact --compare bm25.trec")
        .Runs(Retrieval));
        return command;
    }

    private static int Retrieval(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        (SearchPlan plan, Fusion? fusion) = PlanOptions.Read(parsed);
        var options = new RetrievalEvaluationOptions
        {
            Top = CommonOptions.Bounded(parsed, Top, 10, 10_000),
            Bits = IndexCommand.DemandBits(parsed.GetValue(Bits)),
            Keep = parsed.GetValue(Keep),
            Plan = plan,
            Fusion = fusion,
        };
        string? file = parsed.GetValue(RunFile), other = parsed.GetValue(Compare);
        RankingRun? theirs = other is null ? null : RankingRun.Read(other);
        RetrievalReport report;
        using (var progress = new ProgressLine(output))
        {
            BeirSet collection = BeirSet.Read(parsed.GetValue(Beir)!, parsed.GetValue(Split)!, cancellation);
            if (file is not null)
            {
                DemandRun(file, collection);
            }

            report = RetrievalEvaluation.Run(collection, CommonOptions.ModelPath(parsed), CommonOptions.Session(parsed), options, progress, cancellation);
            RunComparison? comparison = theirs is null ? null : RunComparison.Of(report.Queries, theirs.Measure(collection.Judgements), other!);
            progress.Dispose();
            if (output.Json)
            {
                JsonOutput.Write(RetrievalEvaluationJson.From(report, comparison, other));
            }
            else
            {
                EvaluationPrinter.Print(output, report, comparison, other);
            }

            if (file is not null)
            {
                WriteRun(report.Run, file, $"jmlr-{report.Plan}");
            }
        }

        return ExitCode.Done;
    }

    /// <summary>Says before minutes of work that the run could not be written.</summary>
    private static void DemandRun(string path, BeirSet collection)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
        if (Directory.Exists(path) || !Directory.Exists(folder))
        {
            throw new JmlrUsageException(Directory.Exists(path) ? $"--run {path} is a folder: name a file" : $"--run {path}: there is no folder '{folder}'");
        }

        string? blank = collection.Queries.Select(query => query.Id).Concat(collection.Documents.Select(document => document.Id)).FirstOrDefault(id => id.Any(char.IsWhiteSpace));
        if (blank is not null)
        {
            throw new JmlrUsageException($"--run: the id '{blank}' has a blank in it, which a TREC run cannot hold");
        }
    }

    private static void WriteRun(RankingRun run, string path, string tag)
    {
        try
        {
            DurableFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true);
                run.Write(writer, tag);
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JmlrOperationException($"cannot write '{path}': {error.Message}", error);
        }
    }
}
