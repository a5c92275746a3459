using System.CommandLine;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Search;
using Jmlr.Models.Errors;
using Jmlr.Query.Lexical;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr search</c>: passages for a query, or for each line of standard input.</summary>
static class SearchCommand
{
    private const int ExcerptLength = 320;

    private static readonly Argument<string[]> Words = new("query") { Description = "Words to search for; '-' reads one query a line from standard input", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int> Top = new("--top", "-k") { Description = "Number of passages", HelpName = "K", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> PerDocument = new("--per-document") { Description = "Passages of one document at most; 0: no limit", HelpName = "N", DefaultValueFactory = _ => 0 };
    private static readonly Option<bool> AllDuplicates = new("--all-duplicates") { Description = "Show near-duplicate passages too, instead of the best one that names the others" };
    private static readonly Option<bool> Explain = new("--explain") { Description = "Say for each word of the query which word of the passage answered it" };
    private static readonly Option<string?> Batch = new("--batch") { Description = "Search for each line of a file ('-': standard input), many at once", HelpName = "FILE" };
    private static readonly Option<bool> Full = new("--full") { Description = "Print whole passages" };

    internal static Command Create() => new Command("search", "Find passages")
    {
        Words, Top, PerDocument, AllDuplicates, Full, Explain, Batch,
    }
    .WithPlan()
    .WithFilters()
    .WithExamples(
        "jmlr search \"first line treatment hypertension chronic kidney disease\"",
        "jmlr search -k 3 --json community acquired pneumonia duration",
        "jmlr search --kind recommendation --grade A --from 2020 blood pressure target",
        "jmlr search --as-of 2019-12-31 blood pressure target",
        "jmlr search --per-document 1 blood pressure target",
        "jmlr search --explain adrenaline dose anaphylaxis",
        "jmlr search - <queries.txt          one query a line, one process",
        "jmlr search --batch queries.txt --json >found.jsonl")
    .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string[] words = parsed.GetValue(Words) ?? [];
        string? batch = parsed.GetValue(Batch);
        if (words.Length == 0 == (batch is null))
        {
            throw new JmlrUsageException(batch is null ? "there is nothing to search for: give some words, '-' or --batch FILE" : "--batch takes its queries from the file: leave the words out");
        }

        string query = QuestionText.Join(words);
        (SearchPlan plan, Fusion? fusion) = PlanOptions.Read(parsed);
        var options = new RetrievalOptions
        {
            Top = CommonOptions.Bounded(parsed, Top, 1, 10_000),
            Explain = parsed.GetValue(Explain),
            PerDocument = CommonOptions.Bounded(parsed, PerDocument, 0, 10_000),
            CollapseDuplicates = !parsed.GetValue(AllDuplicates),
            Plan = plan,
            Fusion = fusion,
            Filter = FilterOptions.Read(parsed),
        };
        using var session = QuerySession.Open(CommonOptions.Workspace(parsed), CommonOptions.ModelPath(parsed), CommonOptions.Session(parsed));
        bool full = parsed.GetValue(Full);
        if (batch is not null || query == "-")
        {
            session.ReadAhead();
        }

        if (batch is not null)
        {
            return SearchBatch.Run(batch, session.Retriever, options, output, result => Print(output, result, full, named: true), cancellation);
        }

        if (query != "-")
        {
            Print(output, session.Retriever.Retrieve(query, options, cancellation), full, named: false);
            return ExitCode.Done;
        }

        int refused = 0, number = 0;
        while (Console.In.ReadLine() is string line)
        {
            number++;
            if (SearchBatch.Refuses(line, number))
            {
                refused++;
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                Print(output, session.Retriever.Retrieve(line, options, cancellation), full, named: Console.IsInputRedirected);
            }
        }

        return refused > 0 ? ExitCode.SomeRejected : ExitCode.Done;
    }

    /// <summary><paramref name="named"/>: with the query above its list, where there are several.</summary>
    private static void Print(TerminalOutput output, RetrievalResult result, bool full, bool named)
    {
        if (output.Json)
        {
            JsonOutput.Write(SearchJson.From(result));
        }
        else
        {
            if (named)
            {
                output.Heading($"? {TerminalText.OneLine(result.Query, output.Width - 2)}");
            }

            HitPrinter.Print(output, result, full ? int.MaxValue : ExcerptLength);
        }
    }
}
