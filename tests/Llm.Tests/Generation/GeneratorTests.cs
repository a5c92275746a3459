using System.Text.Json;
using Jmlr.Llm.Generation;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Generation;

/// <summary>The shipped generator end to end.</summary>
public sealed class GeneratorTests : IDisposable
{
    private readonly IGenerator _generator = GeneratorLoader.Open(Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 1024 }, TestContext.Current.CancellationToken);

    public void Dispose() => _generator.Dispose();

    [Fact]
    public void Scores_options_as_the_reference()
    {
        JsonElement golden = Goldens.Json("smollm2/mcq.json");
        double worst = 0, sum = 0;
        int count = 0;
        foreach (JsonElement question in golden.GetProperty("questions").EnumerateArray())
        {
            double[] expected = Goldens.Doubles(question.GetProperty("logsumexp"));
            IReadOnlyList<OptionScore> scores = _generator.ScoreOptions(Goldens.Ints(question.GetProperty("ids")), ["A", "B", "C", "D"], TestContext.Current.CancellationToken);
            Assert.Equal(1, scores.Sum(score => score.Probability), 1e-9);
            Assert.Equal(question.GetProperty("argmax").GetString(), scores.MaxBy(score => score.Probability).Letter);
            for (int i = 0; i < 4; i++, count++)
            {
                double difference = Math.Abs(expected[i] - scores[i].LogProbability);
                worst = Math.Max(worst, difference);
                sum += difference;
            }
        }

        // 4-bit weights are exact here; int8 activations move a log-probability by a tenth.
        Assert.InRange(worst, 0, 0.7);
        Assert.InRange(sum / count, 0, 0.15);
    }

    [Fact]
    public void Greedy_text_streams_and_repeats()
    {
        List<int> prompt = Encode("Chest pain may indicate");
        List<string> pieces = [];
        GenerationResult first = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 24 }, pieces.Add, TestContext.Current.CancellationToken);
        Assert.Equal(first.Text, string.Concat(pieces));
        Assert.Equal((prompt.Count, 24, FinishReason.Length), (first.PromptTokens, first.GeneratedTokens, first.Reason));
        Assert.StartsWith(" a", first.Text, StringComparison.Ordinal);

        // The second run finds its prompt in the cache.
        Assert.Equal(first.Text, _generator.Generate(prompt, new GenerationOptions { MaxTokens = 24 }, null, TestContext.Current.CancellationToken).Text);
    }

    [Fact]
    public void Seeds_repeat_and_differ()
    {
        List<int> prompt = Encode("Once upon a time");
        string Sample(ulong seed) => _generator.Generate(prompt, new GenerationOptions { MaxTokens = 16, Temperature = 1, TopP = 0.95f, TopK = 100, Seed = seed }, null, TestContext.Current.CancellationToken).Text;
        string first = Sample(1);
        Assert.Equal(first, Sample(1));
        Assert.NotEqual(first, Sample(2));
    }

    [Fact]
    public void Stops_at_a_stop_text()
    {
        List<int> prompt = Encode("One, two, three,");
        GenerationResult free = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 20 }, null, TestContext.Current.CancellationToken);
        string stop = free.Text.Substring(5, 4);
        GenerationResult stopped = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 20, Stop = [stop] }, null, TestContext.Current.CancellationToken);
        Assert.Equal(FinishReason.StopText, stopped.Reason);
        Assert.Equal(free.Text[..free.Text.IndexOf(stop, StringComparison.Ordinal)], stopped.Text);
    }

    [Fact]
    public void Cancelling_leaves_a_working_generator()
    {
        using CancellationTokenSource source = new();
        List<int> prompt = Encode("The heart is");
        int pieces = 0;
        Assert.Throws<OperationCanceledException>(() => _generator.Generate(prompt, new GenerationOptions { MaxTokens = 50 }, _ =>
        {
            if (++pieces == 3)
            {
                source.Cancel();
            }
        }, source.Token));
        Assert.Equal(3, pieces);
        Assert.Equal(8, _generator.Generate(prompt, new GenerationOptions { MaxTokens = 8 }, null, TestContext.Current.CancellationToken).GeneratedTokens);
    }

    [Fact]
    public void Ends_where_the_model_ends()
    {
        List<int> prompt = [];
        _generator.Tokenizer.EncodeChat([new("user", "Say hello in one short sentence.")], addGenerationPrompt: true, prompt);
        GenerationResult result = _generator.Generate(prompt, new GenerationOptions { MaxTokens = 200 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(FinishReason.EndOfText, result.Reason);
        Assert.DoesNotContain("<|im_end|>", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_what_cannot_be()
    {
        CancellationToken none = TestContext.Current.CancellationToken;
        Assert.Throws<JmlrUsageException>(() => _generator.Generate([], new GenerationOptions(), null, none));
        Assert.Throws<JmlrOperationException>(() => _generator.Generate([.. Enumerable.Repeat(5, 1025)], new GenerationOptions(), null, none));
        Assert.Throws<JmlrUsageException>(() => _generator.Generate([5], new GenerationOptions { TopP = float.NaN }, null, none));
        Assert.Throws<JmlrUsageException>(() => _generator.ScoreOptions([5], ["no such option letter"], none));
        Assert.Throws<JmlrUsageException>(() => GeneratorLoader.Open(Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 1 << 20 }, none));
    }

    [Fact]
    public void Hash_is_that_of_the_file() =>
        Assert.Equal("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", _generator.Hash);

    private List<int> Encode(string text)
    {
        List<int> ids = [];
        _generator.Tokenizer.EncodeIds(text, parseSpecial: false, ids);
        return ids;
    }
}
