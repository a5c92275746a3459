using System.CommandLine;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Search;
using Jmlr.Models.Errors;
using Jmlr.Query.Answering;
using Jmlr.Query.Lexical;
using Jmlr.Query.Prompting;
using Jmlr.Query.Questions;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr ask</c>: a checked, cited answer, or the probability of each option.</summary>
static class AskCommand
{
    private static readonly Argument<string[]> Words = new("question") { Description = "The question; options may follow as 'A. ... B. ...'; '-' reads it from standard input", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string[]> OptionTexts = new("--option", "-o") { Description = "An answer option (repeat in order A, B, C, ...)", HelpName = "TEXT" };
    private static readonly Option<int> Top = new("--top", "-k") { Description = "Passages given to the generator", HelpName = "K", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> MaxTokens = new("--max-tokens") { Description = "Longest generated answer", HelpName = "N", DefaultValueFactory = _ => 160 };
    private static readonly Option<bool> Extractive = new("--extractive") { Description = "Verbatim sentences only, without the generator" };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Seed of the sampler", HelpName = "N" };
    private static readonly Option<float> Temperature = new("--temperature") { Description = "0 is greedy", HelpName = "T" };

    private static readonly Option<string> Scoring = new("--score") { Description = "What of an option the generator scores: letters, or texts (by their mean log-probability)", HelpName = "WHAT", DefaultValueFactory = _ => "letters" };
    private static readonly Option<bool> KeepPrompts = new("--keep-prompts") { Description = "Keep what the generator computed for prompts in the workspace (it holds the words of the question) and use it in later calls" };

    internal static Command Create() => new Command("ask", "Answer a question with checked citations")
    {
        Words, OptionTexts, Top, MaxTokens, Extractive, Seed, Temperature, Scoring, KeepPrompts,
    }
    .WithGenerator()
    .WithEvidencePlan()
    .WithFilters()
    .WithExamples(
        "jmlr ask \"Which drug is first choice for hypertension with chronic kidney disease?\"",
        "jmlr ask \"Which drug is first choice?\" -o Ramipril -o Atenolol -o Doxazosin",
        "jmlr ask --json - <question.txt",
        "jmlr ask \"Which drug is first choice?\" --generator Llama-2-13b-hf --adapter JMLR --rope-factor 8")
    .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        AnswerRequest request = Request(parsed);
        Workspace workspace = CommonOptions.Workspace(parsed);
        SessionOptions options = CommonOptions.Session(parsed) with
        {
            PromptFolder = parsed.GetValue(KeepPrompts) ? workspace.PromptPath : null,
            Generator = GeneratorOptions.Read(parsed),
        };
        using var session = QuerySession.Open(workspace, CommonOptions.ModelPath(parsed), options);
        AskJson answer = Answer(session, request, output, cancellation);
        if (output.Json)
        {
            JsonOutput.Write(answer);
        }

        return ExitCode.Done;
    }

    /// <summary>Asks, and prints as text unless JSON is wanted; also used by the demo.</summary>
    internal static AskJson Answer(QuerySession session, AnswerRequest request, TerminalOutput output, CancellationToken cancellation)
    {
        var printer = new AnswerPrinter(output);
        AnswerResult result = session.Answerer.Answer(request, output.Json ? null : printer, cancellation);
        if (!output.Json)
        {
            printer.Finish(result, request.Question);
        }

        return ToJson(session, request, result);
    }

    private static AnswerRequest Request(ParseResult parsed)
    {
        string text = QuestionText.Join(parsed.GetValue(Words)!);
        if (text == "-")
        {
            text = QuestionText.Join([Console.In.ReadToEnd()]);
        }

        string[] options = parsed.GetValue(OptionTexts) ?? [];
        if (options.Length is 1 or > MultipleChoice.MaximumOptions)
        {
            throw new JmlrUsageException($"{options.Length} options: 2 to {MultipleChoice.MaximumOptions} are taken");
        }

        float temperature = parsed.GetValue(Temperature);
        if (!(temperature is >= 0 and <= 10))
        {
            throw new JmlrUsageException($"--temperature {temperature}: allowed are 0 to 10");
        }

        (SearchPlan plan, Fusion? fusion) = PlanOptions.Read(parsed);
        return new AnswerRequest
        {
            Plan = plan,
            Fusion = fusion,
            Question = options.Length == 0
                ? MultipleChoice.Parse(text)
                : new MultipleChoice(text, [.. options.Select((option, i) => new AnswerOption(((char)('A' + i)).ToString(), option))]),
            Top = CommonOptions.Bounded(parsed, Top, 1, 100),
            MaxTokens = CommonOptions.Bounded(parsed, MaxTokens, 1, 4096),
            Extractive = parsed.GetValue(Extractive),
            Scoring = parsed.GetValue(Scoring) switch
            {
                "letters" => OptionScoring.Letters,
                "texts" => OptionScoring.Texts,
                string other => throw new JmlrUsageException($"--score {other}: allowed are letters and texts"),
                null => default,
            },
            Seed = parsed.GetValue(Seed),
            Temperature = temperature,
            Filter = FilterOptions.Read(parsed),
        };
    }

    private static AskJson ToJson(QuerySession session, AnswerRequest request, AnswerResult result) => new(
        request.Question.ToString(), result.Text, JsonNames.Of(result.Mode), result.Mode == AnswerMode.InsufficientEvidence, Math.Round(result.Support, 4),
        [.. result.Citations.Select(CitationJson.From)], Rounded(result.Options), Rounded(result.GeneratorOptions), Rounded(result.OptionEvidence), result.Choice, StatedJson.From(result.Stated),
        [.. result.Retrieval.Passages.Select(HitJson.From)], result.Refused.Count, result.DroppedPassages, AskTimingsJson.From(result),
        new RunJson(session.IndexHash, session.RetrieverHash, session.GeneratorHash, PromptBuilder.Id, request.Seed));

    private static Dictionary<string, double> Rounded(IReadOnlyDictionary<string, double> values) => values.ToDictionary(pair => pair.Key, pair => Math.Round(pair.Value, 4));
}
