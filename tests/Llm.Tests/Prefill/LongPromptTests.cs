using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Prefill;
using Jmlr.Llm.Tests.Execution;
using Jmlr.Llm.Threading;
using Jmlr.Llm.Weights;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Prefill;

/// <summary>Long prompts in bf16: when, and what happens where it cannot be. How close they come to the reference is in <see cref="SmolLm2GoldenTests"/>.</summary>
[Collection(Goldens.SmolLm2Collection)]
public sealed class LongPromptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-prompts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(4e-6, 0, 1e-6, 256)] // four times as fast for any number
    [InlineData(4e-6, 0.9999e-3, 1e-6, 600)] // 600 x 4 = 1.5 (1000 + 600)
    [InlineData(4e-6, 1e-2, 1e-6, int.MaxValue)] // not even for a whole chunk
    [InlineData(1.4e-6, 0, 1e-6, int.MaxValue)] // no clear gain
    [InlineData(1e-6, 1e-3, 4e-6, int.MaxValue)]
    public void The_threshold_is_where_the_gain_is_clear(double tiles, double widening, double units, int threshold) =>
        Assert.Equal(threshold, new LongPromptChoice.LongPromptTimes(tiles, widening, units, 1).Threshold());

    [Fact]
    public void Measured_once_for_each_format_and_kept()
    {
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(LongPromptChoice.Variable)), "the choice is forced");
        using ThreadTeam team = new(2);
        var set = KernelChoice.Choose();
        int first = LongPromptChoice.Threshold(TileFormat.Q4, team, set, _folder);
        string file = Assert.Single(Directory.GetFiles(_folder));
        Assert.Equal(file, LongPromptChoice.KeptAt(TileFormat.Q4, 2, set, _folder));
        Assert.True(first is LongPromptChoice.Never or (>= LongPrompts.FewestTokens and <= LongPrompts.ChunkTokens));

        // What is kept is believed; what cannot be read is measured again.
        File.WriteAllText(file, "777\n");
        Assert.Equal(777, LongPromptChoice.Threshold(TileFormat.Q4, team, set, _folder));
        foreach (string damaged in (string[])["", "-5", "12", "seven", "99999999999"])
        {
            File.WriteAllText(file, damaged);
            int again = LongPromptChoice.Threshold(TileFormat.Q4, team, set, _folder);
            Assert.Equal($"{again}\n", File.ReadAllText(file));
        }

        // What the caller has measured is not measured again; each format has its own answer.
        Assert.Equal(600, LongPromptChoice.Threshold(TileFormat.Q8, team, set, _folder, new LongPromptChoice.LongPromptTimes(4e-6, 0.9999e-3, 1e-6, 1)));
        Assert.Equal(600, LongPromptChoice.Threshold(TileFormat.Q8, team, set, _folder));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void Without_libtorch_the_tiles_do_it_and_the_reason_is_told()
    {
        using LlamaCheckpoint checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        using ThreadTeam team = new(1);
        using var weights = LlamaWeights.Load(checkpoint, reference: false, team, TestContext.Current.CancellationToken);
        int asked = 0;
        using LongPrompts prompts = new(LongPromptPath.MatrixUnits, checkpoint.Configuration, weights, team, KernelChoice.Choose(), _ =>
        {
            asked++;
            throw new JmlrOperationException("libtorch is not here");
        });
        Assert.Null(prompts.For(LongPrompts.FewestTokens - 1));
        Assert.Equal(0, asked);
        Assert.Null(prompts.For(LongPrompts.FewestTokens));
        Assert.Null(prompts.For(5000));
        Assert.Equal(1, asked);
        Assert.Contains("libtorch is not here", prompts.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Behind_more_tokens_than_there_is_memory_for_the_tiles_do_it()
    {
        using LlamaCheckpoint checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        using ThreadTeam team = new(2);
        using var weights = LlamaWeights.Load(checkpoint, reference: false, team, TestContext.Current.CancellationToken);
        using LongPrompts prompts = new(LongPromptPath.MatrixUnits, checkpoint.Configuration, weights, team, KernelChoice.Choose());
        Assert.NotNull(prompts.For(300));
        Assert.NotNull(prompts.For(300, 100_000));
        Assert.Null(prompts.For(300, 2_000_000_000)); // 1.5 TB of keys and values
        Assert.NotNull(prompts.For(300));
    }

    [Fact]
    public void A_prompt_of_several_chunks_ends_like_that_of_the_tiles()
    {
        using LlamaCheckpoint checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        using var units = CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 4096, TestContext.Current.CancellationToken, KeyValueFormat.Half, LongPromptPath.MatrixUnits);
        int[] ids = Goldens.Ints(Goldens.Json("smollm2/perplexity.json").GetProperty("ids"));
        int[] prompt = [.. ids, .. ids, .. ids, .. ids, .. ids.AsSpan(0, 300)];

        Assert.Equal([2048, 1025, 1750], new[] { 2048, 2049, 3500 }.Select(LongPrompts.NextChunk));
        foreach (int length in (int[])[2348, 2049])
        {
            float[] expected = Goldens.LastLogits(Goldens.SmolLm2, prompt.AsSpan(0, length)), actual = Goldens.LastLogits(units, prompt.AsSpan(0, length));
            Assert.InRange(SmolLm2GoldenTests.Divergence(expected, actual), 0, 0.02);
            Assert.NotEqual(expected, actual);
        }

        Assert.Contains("bf16", units.PromptPath, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KeyValueFormat.Half, 0.02)]
    [InlineData(KeyValueFormat.Q8, 0.02)]
    [InlineData(KeyValueFormat.Q4, 0.2)] // both round to 4 bits what differs a little
    public void A_long_prompt_behind_a_short_one_and_the_token_after_it(KeyValueFormat format, double largest)
    {
        using LlamaCheckpoint checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        int[] ids = Goldens.Ints(Goldens.Json("smollm2/perplexity.json").GetProperty("ids"));
        List<float[]> logits = [], next = [];
        foreach (LongPromptPath path in (LongPromptPath[])[LongPromptPath.Tiles, LongPromptPath.MatrixUnits])
        {
            using var executor = CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 1024, TestContext.Current.CancellationToken, format, path);
            using IKeyValueCache cache = executor.CreateCache(600);
            float[] last = new float[executor.Configuration.VocabularySize], after = new float[last.Length];
            logits.Add(last);
            next.Add(after);
            executor.Forward(ids.AsSpan(0, 90), cache, [], TestContext.Current.CancellationToken);
            executor.Forward(ids.AsSpan(90, 400), cache, last, TestContext.Current.CancellationToken);
            executor.Forward(ids.AsSpan(490, 1), cache, after, TestContext.Current.CancellationToken);
            Assert.Equal(491, cache.Length);
            Assert.Equal(path == LongPromptPath.MatrixUnits, executor.PromptPath.Contains("bf16", StringComparison.Ordinal));
        }

        Assert.InRange(SmolLm2GoldenTests.Divergence(logits[0], logits[1]), 0, largest);
        Assert.InRange(SmolLm2GoldenTests.Divergence(next[0], next[1]), 0, largest);
        Assert.NotEqual(logits[0], logits[1]);
    }

    [Fact]
    public void A_prompt_gives_the_same_logits_when_it_is_found_again_and_after_a_cancelled_one()
    {
        using LlamaCheckpoint checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        using var executor = CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 1024, TestContext.Current.CancellationToken, KeyValueFormat.Half, LongPromptPath.MatrixUnits);
        using IKeyValueCache cache = executor.CreateCache(600);
        int[] ids = Goldens.Ints(Goldens.Json("smollm2/perplexity.json").GetProperty("ids"));
        float[] expected = new float[executor.Configuration.VocabularySize], actual = new float[expected.Length];
        executor.Forward(ids.AsSpan(0, 300), cache, expected, TestContext.Current.CancellationToken);
        cache.Truncate(299);
        executor.Forward(ids.AsSpan(299, 1), cache, actual, TestContext.Current.CancellationToken);
        Assert.Equal(expected, actual);
        cache.Truncate(0);
        Assert.Throws<OperationCanceledException>(() => executor.Forward(ids.AsSpan(0, 300), cache, actual, new CancellationToken(canceled: true)));
        Assert.Equal(0, cache.Length);
        executor.Forward(ids.AsSpan(0, 300), cache, actual, TestContext.Current.CancellationToken);
        Assert.Equal(expected, actual);
    }
}
