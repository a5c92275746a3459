using System.Text.Json;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Prefill;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Generation;

/// <summary>The shipped generator end to end.</summary>
public sealed class GeneratorTests : IDisposable
{
    private readonly IGenerator _generator = GeneratorLoader.Open(Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 1024, LongPrompts = LongPromptPath.Tiles }, TestContext.Current.CancellationToken);

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
    public void A_batch_scores_as_one_by_one_and_computes_shared_beginnings_once()
    {
        int[][] prompts = [.. Goldens.Json("smollm2/mcq.json").GetProperty("questions").EnumerateArray().Take(5).Select(question => Goldens.Ints(question.GetProperty("ids")))];
        int[] system = Goldens.Ints(Goldens.Json("smollm2/perplexity.json").GetProperty("ids"))[..200];
        int[][] batch = [[.. system, .. prompts[0]], prompts[1], [.. system, .. prompts[2]], prompts[3], [.. system, .. prompts[4]]];
        string[] letters = ["A", "B", "C", "D"];
        IReadOnlyList<OptionScore>[] single = [.. batch.Select(prompt => _generator.ScoreOptions(prompt, letters, TestContext.Current.CancellationToken))];
        using IGenerator without = GeneratorLoader.Open(Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 1024, LongPrompts = LongPromptPath.Tiles, PrefixCacheBytes = 0 }, TestContext.Current.CancellationToken);
        Assert.Equal(single, without.ScoreOptions(batch, letters, TestContext.Current.CancellationToken));

        // Those that begin alike follow each other, so even a cache of one prompt computes the beginning once.
        int[] order = PromptOrder.Of(batch);
        int[] shared = [.. order.Select((place, i) => (place, i)).Where(pair => pair.place % 2 == 0).Select(pair => pair.i)];
        Assert.Equal([shared[0], shared[0] + 1, shared[0] + 2], shared);
        Assert.Equal([0, 1, 2, 3, 4], order.Order());
    }

    [Fact]
    public void Texts_are_scored_by_the_mean_of_their_tokens()
    {
        List<int> prompt = Encode("The capital of France is");
        string[] texts = ["Paris", "a very large city by the name of London, which lies on the river Thames in the south", "xylophone"];
        IReadOnlyList<TextScore> scores = _generator.ScoreTexts(prompt, texts, TestContext.Current.CancellationToken);
        Assert.Equal(1, scores.Sum(score => score.Probability), 1e-9);
        Assert.Equal("Paris", scores.MaxBy(score => score.Probability).Text);
        foreach ((string text, TextScore score) in texts.Zip(scores))
        {
            // The same from the logits of all positions of prompt and text in one piece.
            List<int> continuation = Encode(" " + text);
            Assert.Equal(continuation.Count, score.Tokens);
            int[] whole = [.. prompt, .. continuation];
            float[] logits = Goldens.AllLogits(_generator.Executor, whole);
            double total = 0;
            for (int i = prompt.Count; i < whole.Length; i++)
            {
                ReadOnlySpan<float> row = logits.AsSpan((i - 1) * 49152, 49152);
                total += row[whole[i]] - Goldens.LogSumExp(row);
            }

            Assert.Equal(total / continuation.Count, score.LogProbability, 1e-5);
        }

        // The prompt still stands.
        Assert.Equal(scores, _generator.ScoreTexts(prompt, texts, TestContext.Current.CancellationToken));
        Assert.Empty(_generator.ScoreTexts(prompt, [], TestContext.Current.CancellationToken));
        Assert.Throws<JmlrUsageException>(() => _generator.ScoreTexts(prompt, [""], TestContext.Current.CancellationToken));
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
