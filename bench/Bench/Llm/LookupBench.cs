using Jmlr.Llm.Generation;
using Jmlr.Query.Prompting;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Bench.Llm;

/// <summary>What guessing from the prompt and the prefix cache save on cited answers: questions over an indexed workspace, in the prompt that <c>ask</c> builds.</summary>
static class LookupBench
{
    private const int AnswerTokens = 96;

    internal static void Run(string workspace, string model, IReadOnlyList<string> questions, TextWriter to)
    {
        using QuerySession session = QuerySession.Open(new Workspace(workspace), model, new SessionOptions());
        IGenerator generator = session.Generator;
        BuiltPrompt[] prompts =
        [
            .. questions.Select(question => new PromptBuilder(generator.Tokenizer).Build(
                MultipleChoice.Parse(question), session.Retriever.Retrieve(question, new RetrievalOptions { Top = 5 }).Passages, generator.ContextLength - AnswerTokens)),
        ];
        TimeSpan first = TimeSpan.Zero, second = TimeSpan.Zero;
        int tokens = 0, reused = 0;
        var none = new GenerationOptions { MaxTokens = 0 };
        for (int i = 0; i < prompts.Length; i++)
        {
            // Fresh tokens at the front, so that nothing is known; another prompt lies between the two times.
            int[] fresh = [1000 + i, .. prompts[i].Ids];
            first += generator.Generate(fresh, none, null, CancellationToken.None).PrefillTime;
            generator.Generate([2000 + i, .. prompts[(i + 1) % prompts.Length].Ids], none, null, CancellationToken.None);
            GenerationResult again = generator.Generate(fresh, none, null, CancellationToken.None);
            second += again.PrefillTime;
            (tokens, reused) = (tokens + fresh.Length, reused + again.ReusedTokens);
        }

        to.WriteLine($"prefill of {tokens} tokens in {prompts.Length} prompts: {first.TotalMilliseconds:F0} ms the first time, {second.TotalMilliseconds:F0} ms the second ({reused} tokens reused, {second.TotalMilliseconds / prompts.Length:F1} ms a prompt)");

        foreach (float penalty in (float[])[1, 1.05f])
        {
            Compare(generator, prompts, penalty, to);
        }
    }

    private static void Compare(IGenerator generator, BuiltPrompt[] prompts, float penalty, TextWriter to)
    {
        TimeSpan plainTime = TimeSpan.Zero, guessedTime = TimeSpan.Zero;
        int tokens = 0, guessedTokens = 0, same = 0;
        foreach (BuiltPrompt prompt in prompts)
        {
            var options = new GenerationOptions { MaxTokens = AnswerTokens, RepetitionPenalty = penalty };
            GenerationResult plain = generator.Generate(prompt.Ids, options with { PromptLookup = false }, null, CancellationToken.None);
            GenerationResult guessed = generator.Generate(prompt.Ids, options, null, CancellationToken.None);
            (plainTime, guessedTime) = (plainTime + plain.DecodeTime, guessedTime + guessed.DecodeTime);
            (tokens, guessedTokens) = (tokens + plain.GeneratedTokens, guessedTokens + guessed.LookedUpTokens);
            same += plain.Text == guessed.Text ? 1 : 0;
        }

        to.WriteLine($"penalty {penalty}: {tokens} tokens, plain {tokens / plainTime.TotalSeconds:F0} tokens/s, guessing {tokens / guessedTime.TotalSeconds:F0} ({plainTime / guessedTime:F2} times as fast, {(double)guessedTokens / tokens:P0} guessed), {same} of {prompts.Length} answers the same");
    }
}
