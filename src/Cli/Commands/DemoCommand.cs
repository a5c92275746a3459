using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Pipeline;
using Jmlr.Models.Errors;
using Jmlr.Query.Answering;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr demo</c>: the whole chain on the sample corpora, in a workspace of its own.</summary>
static class DemoCommand
{
    private static readonly string[] Searches =
    [
        "potassium and creatinine after starting an ACE inhibitor",
        "amoxicillin dose community acquired pneumonia",
        "adrenaline dose for anaphylaxis in adults",
    ];

    private static readonly string[] Questions =
    [
        "What is the blood pressure target in people over 80 years?",
        "A 24-year-old woman develops generalised urticaria, wheeze and a blood pressure of 80/45 mmHg minutes after eating peanuts. What is the most appropriate immediate treatment?\n"
            + "A. Oral cetirizine\nB. Intravenous hydrocortisone\nC. Subcutaneous terbutaline\nD. Intramuscular adrenaline",
        "Which cryptocurrency wallet is the safest for a beginner?",
    ];

    internal static Command Create() => new Command("demo", "Ingest the sample corpora, build an index, search and ask: a tour of a few seconds")
        .WithExamples("jmlr demo", "jmlr demo --json")
        .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string corpora = Installation.CorporaPath ?? throw new JmlrOperationException("the sample corpora are not part of this installation");
        long started = Stopwatch.GetTimestamp();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("jmlr-demo-");
        try
        {
            return Tour(parsed, output, corpora, new Workspace(folder.FullName), started, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Tour(ParseResult parsed, TerminalOutput output, string corpora, Workspace workspace, long started, CancellationToken cancellation)
    {
        string model = CommonOptions.ModelPath(parsed);
        SessionOptions options = CommonOptions.Session(parsed);

        Step(output, "1. Ingest the sample corpora (teaching samples, not clinical advice)");
        IngestJson ingested = IngestCommand.Ingest(workspace, model, new IngestRequest { Paths = [Path.Combine(corpora, "guidelines"), Path.Combine(corpora, "questions")], Threads = options.Threads }, output, cancellation);
        Say(output, IngestCommand.Summary(ingested));

        Step(output, "2. Build the index: one vector per token, compressed to 4 bits a dimension");
        IndexChangeJson built = IndexCommand.Build(workspace, model, options, output, new IndexSettings(), update: false, cancellation);
        Say(output, IndexCommand.Summary(built));

        using QuerySession session = QuerySession.Open(workspace, model, options);
        var searches = new List<SearchJson>();
        Step(output, "3. Search");
        foreach (string query in Searches)
        {
            RetrievalResult result = session.Retriever.Retrieve(query, new RetrievalOptions { Top = 2 }, cancellation);
            searches.Add(SearchJson.From(result));
            if (!output.Json)
            {
                output.Line($"? {query}");
                HitPrinter.Print(output, result, 220);
                output.Line();
            }
        }

        Step(output, "4. Ask");
        var answers = new List<AskJson>();
        foreach (string text in Questions)
        {
            var request = new AnswerRequest { Question = MultipleChoice.Parse(text) };
            long asked = Stopwatch.GetTimestamp();
            if (!output.Json)
            {
                output.Line(TerminalText.Wrap($"? {request.Question}", output.Width, ""));
                output.Line();
            }

            answers.Add(AskCommand.Answer(session, request, output, cancellation));
            Say(output, string.Create(CultureInfo.InvariantCulture, $"({Stopwatch.GetElapsedTime(asked).TotalSeconds:0.0} s)\n"));
        }

        double seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1);
        if (output.Json)
        {
            JsonOutput.Write(new DemoJson(ingested, built, searches, answers, seconds));
        }
        else
        {
            output.Heading(string.Create(CultureInfo.InvariantCulture, $"Done in {seconds:0.0} s."));
            output.Line("Now with your own documents:");
            output.Line("  jmlr ingest FOLDER --source NAME && jmlr index build");
            output.Line("  jmlr search \"words\"");
            output.Line("  jmlr ask \"question\"");
        }

        return ExitCode.Done;
    }

    private static void Step(TerminalOutput output, string title)
    {
        if (!output.Json)
        {
            output.Heading(title);
        }
    }

    private static void Say(TerminalOutput output, string text)
    {
        if (!output.Json)
        {
            output.Line(text);
        }
    }
}
