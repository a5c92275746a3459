using System.Text.Json;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Weights;

namespace Jmlr.Llm.Tests.Execution;

/// <summary>Keys and values in 8 bits: half the memory, the same text for all that can be told.</summary>
[Collection(Goldens.SmolLm2Collection)]
public sealed class KeyValueFormatTests
{
    private static CpuLlamaExecutor Open(KeyValueFormat format = KeyValueFormat.Q8)
    {
        using var checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        return CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 1024, TestContext.Current.CancellationToken, format);
    }

    [Fact]
    public void Perplexity_and_divergence_stay_within_the_bounds_of_the_8_bit_path()
    {
        using CpuLlamaExecutor executor = Open();
        JsonElement golden = Goldens.Json("smollm2/perplexity.json");
        int[] ids = Goldens.Ints(golden.GetProperty("ids"));
        float[] reference = Goldens.AllLogits(Goldens.SmolLm2Reference, ids);
        (double halfPerplexity, double halfDivergence, double halfWorst) = Compare(reference, Goldens.AllLogits(Goldens.SmolLm2, ids), ids);
        (double perplexity, double divergence, double worst) = Compare(reference, Goldens.AllLogits(executor, ids), ids);
        TestContext.Current.SendDiagnosticMessage(
            "perplexity {0:F3} with fp16 and {1:F3} with 8 bits, mean KL to fp32 {2:F5} and {3:F5}, largest {4:F4} and {5:F4}", halfPerplexity, perplexity, halfDivergence, divergence, halfWorst, worst);

        // What a context of more than 2048 tokens takes, the shipped model's own among them.
        double wanted = golden.GetProperty("ppl").GetDouble();
        Assert.Equal(KeyValueFormat.Q8, GeneratorLoader.KeyValuesOf(new GeneratorLoadOptions(), 2049));
        Assert.Equal(KeyValueFormat.Half, GeneratorLoader.KeyValuesOf(new GeneratorLoadOptions(), 2048));
        Assert.InRange(perplexity, wanted * 0.995, wanted * 1.005);
        Assert.InRange(divergence, 0, 0.01);
        Assert.InRange(worst, 0, 0.06);
    }

    [Fact]
    public void Four_bits_stay_usable()
    {
        using CpuLlamaExecutor executor = Open(KeyValueFormat.Q4);
        JsonElement golden = Goldens.Json("smollm2/perplexity.json");
        int[] ids = Goldens.Ints(golden.GetProperty("ids"));
        (double perplexity, double divergence, double worst) = Compare(Goldens.AllLogits(Goldens.SmolLm2Reference, ids), Goldens.AllLogits(executor, ids), ids);
        TestContext.Current.SendDiagnosticMessage("perplexity {0:F3} with 4 bits, mean KL to fp32 {1:F5}, largest {2:F4}", perplexity, divergence, worst);
        // Measured: 6 %. They are only taken where 8 bits do not fit.
        double wanted = golden.GetProperty("ppl").GetDouble();
        Assert.InRange(perplexity, wanted * 0.97, wanted * 1.08);
        Assert.InRange(divergence, 0, 0.08);
    }

    [Fact]
    public void Four_bits_are_planned_where_eight_do_not_fit()
    {
        using var checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        var options = new GeneratorLoadOptions();
        long eight = CpuLlamaExecutor.Plan(checkpoint, reference: false, 8192, KeyValueFormat.Q8).Needed, four = CpuLlamaExecutor.Plan(checkpoint, reference: false, 8192, KeyValueFormat.Q4).Needed;
        Assert.Equal(8192L * 2 * 30 * 3 * (64 - 32), eight - four);
        Assert.Equal(KeyValueFormat.Q8, GeneratorLoader.Planned(checkpoint, options, 8192, eight));
        Assert.Equal(KeyValueFormat.Q4, GeneratorLoader.Planned(checkpoint, options, 8192, eight - 1));
        Assert.Equal(KeyValueFormat.Q4, GeneratorLoader.Planned(checkpoint, options, 8192, four));
        Assert.Equal(KeyValueFormat.Q8, GeneratorLoader.Planned(checkpoint, options, 8192, four - 1)); // refused later, with what would fit
        Assert.Equal(KeyValueFormat.Q8, GeneratorLoader.Planned(checkpoint, options with { KeyValues = KeyValueFormat.Q8 }, 8192, four));
    }

    private static (double Perplexity, double Divergence, double Worst) Compare(float[] reference, float[] logits, int[] ids)
    {
        double total = 0, divergence = 0, worst = 0;
        for (int i = 0; i < ids.Length - 1; i++)
        {
            ReadOnlySpan<float> a = reference.AsSpan(i * 49152, 49152), b = logits.AsSpan(i * 49152, 49152);
            double sumA = Goldens.LogSumExp(a), sumB = Goldens.LogSumExp(b), kl = 0;
            total += sumB - b[ids[i + 1]];
            for (int k = 0; k < a.Length; k++)
            {
                double log = a[k] - sumA;
                kl += Math.Exp(log) * (log - (b[k] - sumB));
            }

            divergence += kl / (ids.Length - 1);
            worst = Math.Max(worst, kl);
        }

        return (Math.Exp(total / (ids.Length - 1)), divergence, worst);
    }

    [Theory]
    [InlineData(KeyValueFormat.Q8)]
    [InlineData(KeyValueFormat.Q4)]
    public void A_token_gets_the_same_bits_alone_and_in_a_prompt(KeyValueFormat format)
    {
        using CpuLlamaExecutor executor = Open(format);
        int[] ids = [.. Enumerable.Range(0, 600).Select(i => 100 + (i * 7919 % 40000))];
        float[] expected = Goldens.LastLogits(executor, ids), logits = new float[49152];
        using IKeyValueCache cache = executor.CreateCache(600);
        executor.Forward(ids.AsSpan(0, 530), cache, [], TestContext.Current.CancellationToken);
        for (int i = 530; i < 560; i++)
        {
            executor.Forward(ids.AsSpan(i, 1), cache, [], TestContext.Current.CancellationToken);
        }

        executor.Forward(ids.AsSpan(560), cache, logits, TestContext.Current.CancellationToken);
        Assert.Equal(expected, logits);
    }

    [Fact]
    public void Prefixes_are_kept_in_8_bits_too()
    {
        using IGenerator generator = GeneratorLoader.Open(
            Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 512, KeyValues = KeyValueFormat.Q8, Threads = 2 }, TestContext.Current.CancellationToken);
        Assert.Equal(KeyValueFormat.Q8, ((CpuLlamaExecutor)generator.Executor).KeyValues);
        int[] a = [.. Enumerable.Range(0, 100).Select(i => 100 + (i * 31))], b = [.. a.Reverse()];
        IReadOnlyList<OptionScore> first = generator.ScoreOptions(a, ["A", "B"], TestContext.Current.CancellationToken);
        generator.ScoreOptions(b, ["A", "B"], TestContext.Current.CancellationToken);
        Assert.Equal(first, generator.ScoreOptions(a, ["A", "B"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Heads_of_any_size_take_8_bits()
    {
        // Heads of 8 padded to 16 and heads of 16: a block of 32 is never full.
        string folder = Directory.CreateTempSubdirectory("jmlr-kv-").FullName;
        try
        {
            foreach (string path in (string[])[Stories260k.Convert(folder), SharedData.Require("golden/llama/tiny/a_safetensors_fp32")])
            {
                using var checkpoint = LlamaCheckpoint.Open(path);
                using var half = CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 64, TestContext.Current.CancellationToken);
                using var four = CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 64, TestContext.Current.CancellationToken, KeyValueFormat.Q4);
                using var eight = CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 64, TestContext.Current.CancellationToken, KeyValueFormat.Q8);
                int[] ids = [.. Enumerable.Range(0, 40).Select(i => 1 + (i * 37 % 300))];
                float[] expected = Goldens.AllLogits(half, ids), actual = Goldens.AllLogits(eight, ids);
                double size = expected.Sum(logit => (double)logit * logit), off = expected.Zip(actual, (a, b) => ((double)a - b) * (a - b)).Sum();
                TestContext.Current.SendDiagnosticMessage("{0}: relative difference {1}", path, Math.Sqrt(off / size));
                Assert.InRange(Math.Sqrt(off / size), 1e-6, 0.05);
                double furtherOff = expected.Zip(Goldens.AllLogits(four, ids), (a, b) => ((double)a - b) * (a - b)).Sum();
                TestContext.Current.SendDiagnosticMessage("{0}: relative difference {1} with 4 bits", path, Math.Sqrt(furtherOff / size));
                Assert.InRange(Math.Sqrt(furtherOff / size), Math.Sqrt(off / size), 0.4);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
