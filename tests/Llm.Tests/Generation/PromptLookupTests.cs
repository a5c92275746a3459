using Jmlr.Llm.Generation;

namespace Jmlr.Llm.Tests.Generation;

/// <summary>Guessing changes the speed and nothing else.</summary>
public sealed class PromptLookupTests : IDisposable
{
    private const string Passage =
        "Adults with suspected sepsis should receive broad-spectrum antibiotics within one hour of recognition. Lactate should be measured, and measured again within "
        + "two to four hours if it is above 2 mmol/L. Give 30 mL/kg of crystalloid fluid within the first three hours when blood pressure is low.";

    private readonly IGenerator _generator = GeneratorLoader.Open(Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 1024, Threads = 2 }, TestContext.Current.CancellationToken);

    public void Dispose() => _generator.Dispose();

    [Fact]
    public void Finds_the_longest_and_latest_match()
    {
        Assert.Equal([4, 5, 6], Find(1, 2, 3, 4, 5, 6, 9, 1, 2, 3));

        // Longer before later, later before earlier.
        Assert.Equal([50, 51, 52], Find(7, 1, 2, 3, 50, 51, 52, 1, 2, 3, 60, 61, 62, 7, 1, 2, 3));
        Assert.Equal([60, 61, 62], Find(1, 2, 3, 50, 51, 52, 1, 2, 3, 60, 61, 62, 1, 2, 3));

        // What followed may reach into the repeated end.
        Assert.Equal([5, 5, 5], Find(5, 5, 5, 5, 5, 5));
        Assert.Equal([2, 1, 2], Find(9, 1, 2, 1, 2, 1, 2, 1));
        Assert.Empty(Find(1, 2, 9, 1, 2));
        Assert.Empty(Find(1));
        Assert.Empty(Find());
        Assert.False(PromptLookup.Find([1, 2, 3, 1, 2, 3], []));

        static int[] Find(params int[] context)
        {
            int[] draft = new int[3];
            return PromptLookup.Find(context, draft) ? draft : [];
        }
    }

    [Theory]
    [InlineData("Repeat this text word for word: " + Passage + "\nText:", 60)]
    [InlineData("one two three four five six seven eight nine ten\none two three four five six seven eight nine ten\none two", 40)]
    [InlineData("Chest pain may indicate", 40)]
    public void The_text_is_that_of_plain_decoding(string prompt, int tokens)
    {
        foreach (GenerationOptions options in (GenerationOptions[])
            [
                new() { MaxTokens = tokens }, new() { MaxTokens = tokens, RepetitionPenalty = 1.1f },
                new() { MaxTokens = tokens, Temperature = 0.7f, TopP = 0.9f, Seed = 4 }, new() { MaxTokens = tokens, Stop = ["hours", "nine"] },
            ])
        {
            GenerationResult plain = Run(prompt, options with { PromptLookup = false }), guessed = Run(prompt, options);
            Assert.Equal((plain.Text, plain.Reason, plain.GeneratedTokens), (guessed.Text, guessed.Reason, guessed.GeneratedTokens));
            Assert.Equal(0, plain.LookedUpTokens);
        }
    }

    [Fact]
    public void Most_of_a_quotation_is_guessed()
    {
        GenerationResult result = Run("Repeat this text word for word: " + Passage + "\nText: " + Passage + "\nText: Adults with", new GenerationOptions { MaxTokens = 60 });
        Assert.StartsWith(" suspected sepsis should receive", result.Text, StringComparison.Ordinal);
        Assert.InRange(result.LookedUpTokens, 30, 60);
    }

    [Fact]
    public void The_context_may_end_within_a_guess()
    {
        List<int> prompt = [.. Enumerable.Range(0, 1015).Select(i => 1000 + (i % 10))];
        GenerationResult plain = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 50, PromptLookup = false }, null, TestContext.Current.CancellationToken);
        GenerationResult guessed = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 50 }, null, TestContext.Current.CancellationToken);
        Assert.Equal((plain.Text, plain.GeneratedTokens, FinishReason.Length), (guessed.Text, guessed.GeneratedTokens, guessed.Reason));
    }

    private GenerationResult Run(string prompt, GenerationOptions options)
    {
        List<int> ids = [];
        _generator.Tokenizer.EncodeIds(prompt, parseSpecial: false, ids);
        return _generator.Generate(ids, options, null, TestContext.Current.CancellationToken);
    }
}
