using System.Numerics.Tensors;
using System.Text.Json;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Prefill;
using Jmlr.Llm.Weights;

namespace Jmlr.Llm.Tests.Execution;

/// <summary>The shipped generator against the fp32 reference.</summary>
[Collection(Goldens.SmolLm2Collection)]
public sealed class SmolLm2GoldenTests
{
    [Fact]
    public void Reference_logits_at_all_positions()
    {
        JsonElement prompts = Goldens.Json("smollm2/forward.json").GetProperty("prompts");
        foreach (string name in (string[])["p1", "p2"])
        {
            Goldens.Close(
                Goldens.Floats("smollm2/forward.safetensors", name + ".logits"),
                Goldens.AllLogits(Goldens.SmolLm2Reference, Goldens.Ints(prompts.GetProperty(name).GetProperty("ids"))), 1e-3);
        }
    }

    [Theory]
    [InlineData("p3")]
    [InlineData("p6")]
    public void Reference_logits_at_the_last_position(string name)
    {
        JsonElement prompt = Goldens.Json("smollm2/forward.json").GetProperty("prompts").GetProperty(name);
        Goldens.Close(Goldens.Floats("smollm2/forward.safetensors", name + ".logits_last"), Goldens.LastLogits(Goldens.SmolLm2Reference, Goldens.Ints(prompt.GetProperty("ids"))), 1e-3);
    }

    [Theory]
    [InlineData("p2")]
    [InlineData("p4")]
    public void Reference_hidden_states(string name)
    {
        CpuLlamaExecutor executor = Goldens.SmolLm2Reference;
        float[] expected = Goldens.Floats("smollm2/forward.safetensors", name + ".hidden_last");
        int[] ids = Goldens.Ints(Goldens.Json("smollm2/forward.json").GetProperty("prompts").GetProperty(name).GetProperty("ids"));
        int seen = 0;
        executor.Observer = (stage, hidden) =>
        {
            ReadOnlySpan<float> row = expected.AsSpan(stage * 576, 576);
            float largest = row.ToArray().Max(MathF.Abs);
            Goldens.Close(row, hidden, 1e-4 * largest);
            seen++;
        };
        try
        {
            Goldens.LastLogits(executor, ids);
        }
        finally
        {
            executor.Observer = null;
        }

        Assert.Equal(31, seen);
    }

    [Theory]
    [InlineData("linear2", 2, 100000)]
    [InlineData("linear8", 8, 100000)]
    [InlineData("theta10000", 1, 10000)]
    [InlineData("theta500000", 1, 500000)]
    public void Reference_with_other_rotary_settings(string name, double factor, double theta)
    {
        using var checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        checkpoint.Change(checkpoint.Configuration with { RopeLinearFactor = factor, RopeTheta = theta });
        using var executor = CpuLlamaExecutor.Load(checkpoint, reference: true, 2, 256, TestContext.Current.CancellationToken);
        int[] ids = Goldens.Ints(Goldens.Json("smollm2/forward.json").GetProperty("prompts").GetProperty("p4").GetProperty("ids"));
        Goldens.Close(Goldens.Floats("smollm2/forward.safetensors", $"rope.{name}.p4.logits_last"), Goldens.LastLogits(executor, ids), 1e-3);
    }

    [Fact]
    public void Reference_log_probabilities()
    {
        JsonElement golden = Goldens.Json("smollm2/perplexity.json");
        int[] ids = Goldens.Ints(golden.GetProperty("ids"));
        double[] expected = Goldens.Doubles(golden.GetProperty("logprob"));
        float[] logits = Goldens.AllLogits(Goldens.SmolLm2Reference, ids);
        Assert.All(Enumerable.Range(0, ids.Length - 1), i => Assert.Equal(expected[i], LogProbability(logits, i, ids[i + 1]), 5e-4));
    }

    [Fact]
    public void Quantised_path_stays_close_to_the_reference() => StaysClose(Goldens.SmolLm2, meanDivergence: 0.01, largestDivergence: 0.05);

    [Fact]
    public void Matrix_units_stay_close_to_the_reference()
    {
        using var checkpoint = LlamaCheckpoint.Open(Goldens.SmolLm2Path);
        using var executor = CpuLlamaExecutor.Load(checkpoint, reference: false, 2, 1024, TestContext.Current.CancellationToken, KeyValueFormat.Half, LongPromptPath.MatrixUnits);
        StaysClose(executor, meanDivergence: 0.003, largestDivergence: 0.015);
        Assert.Contains("bf16", executor.PromptPath, StringComparison.Ordinal);
    }

    private static void StaysClose(CpuLlamaExecutor executor, double meanDivergence, double largestDivergence)
    {
        JsonElement golden = Goldens.Json("smollm2/perplexity.json");
        int[] ids = Goldens.Ints(golden.GetProperty("ids"));
        float[] reference = Goldens.AllLogits(Goldens.SmolLm2Reference, ids), logits = Goldens.AllLogits(executor, ids);
        double total = 0, divergence = 0, worst = 0;
        for (int i = 0; i < ids.Length - 1; i++)
        {
            total -= LogProbability(logits, i, ids[i + 1]);
            double kl = Divergence(reference.AsSpan(i * 49152, 49152), logits.AsSpan(i * 49152, 49152));
            divergence += kl / (ids.Length - 1);
            worst = Math.Max(worst, kl);
        }

        double perplexity = Math.Exp(total / (ids.Length - 1)), wanted = golden.GetProperty("ppl").GetDouble();
        TestContext.Current.SendDiagnosticMessage("perplexity {0}, mean KL {1}, largest KL {2}", perplexity, divergence, worst);
        Assert.InRange(perplexity, wanted * 0.99, wanted * 1.01);
        Assert.InRange(divergence, 0, meanDivergence);
        Assert.InRange(worst, 0, largestDivergence);
    }

    [Fact]
    public void Quantised_path_at_the_end_of_the_prompts()
    {
        JsonElement prompts = Goldens.Json("smollm2/forward.json").GetProperty("prompts");
        foreach (string name in (string[])["p3", "p4", "p5", "p6"])
        {
            float[] expected = Goldens.Floats("smollm2/forward.safetensors", name + ".logits_last");
            float[] actual = Goldens.LastLogits(Goldens.SmolLm2, Goldens.Ints(prompts.GetProperty(name).GetProperty("ids")));
            Assert.InRange(Divergence(expected, actual), 0, 0.02);
        }
    }

    [Fact]
    public void Quantised_path_takes_the_steps_of_the_reference_where_they_are_clear()
    {
        // The reference's own continuation is fed, so that one close call does not hide the steps after it.
        double closest = 0;
        int steps = 0, same = 0;
        foreach (JsonElement example in Goldens.Json("smollm2/greedy.json").GetProperty("cases").EnumerateArray())
        {
            int[] prompt = Goldens.Ints(example.GetProperty("prompt_ids")), ids = Goldens.Ints(example.GetProperty("ids"));
            double[] margins = Goldens.Doubles(example.GetProperty("margin"));
            float[] logits = Goldens.AllLogits(Goldens.SmolLm2, [.. prompt, .. ids]);
            for (int step = 0; step < ids.Length; step++, steps++)
            {
                ReadOnlySpan<float> row = logits.AsSpan((prompt.Length - 1 + step) * 49152, 49152);
                if (TensorPrimitives.IndexOfMax(row) == ids[step])
                {
                    same++;
                }
                else
                {
                    closest = Math.Max(closest, margins[step]);
                }
            }
        }

        TestContext.Current.SendDiagnosticMessage("{0} of {1} steps, largest margin of another step {2}", same, steps, closest);
        Assert.InRange(closest, 0, 0.5);
        Assert.InRange(same, steps * 0.95, steps);
    }

    [Fact]
    public void A_token_gets_the_same_bits_alone_and_in_a_prompt()
    {
        // 600 tokens: several chunks, two spans of attention. Otherwise a found prefix would change what a seed draws.
        int[] ids = [.. Enumerable.Range(0, 600).Select(i => 100 + (i * 7919 % 40000))];
        float[] logits = new float[49152];
        CpuLlamaExecutor executor = Goldens.SmolLm2;
        float[] expected = Goldens.LastLogits(executor, ids);
        foreach (int prefix in (int[])[599, 593, 300, 17])
        {
            using IKeyValueCache cache = executor.CreateCache(600);
            executor.Forward(ids.AsSpan(0, prefix), cache, [], TestContext.Current.CancellationToken);
            for (int i = prefix; i < Math.Min(prefix + 12, 590); i++)
            {
                executor.Forward(ids.AsSpan(i, 1), cache, logits, TestContext.Current.CancellationToken);
            }

            executor.Forward(ids.AsSpan(cache.Length), cache, logits, TestContext.Current.CancellationToken);
            Assert.Equal(600, cache.Length);
            Assert.Equal(expected, logits);
        }
    }

    [Fact]
    public void Reference_greedy_continuations()
    {
        CpuLlamaExecutor executor = Goldens.SmolLm2Reference;
        float[] logits = new float[49152];
        foreach (JsonElement example in Goldens.Json("smollm2/greedy.json").GetProperty("cases").EnumerateArray())
        {
            int[] prompt = Goldens.Ints(example.GetProperty("prompt_ids")), ids = Goldens.Ints(example.GetProperty("ids"));
            using IKeyValueCache cache = executor.CreateCache(prompt.Length + 64);
            executor.Forward(prompt, cache, logits, TestContext.Current.CancellationToken);
            foreach (int expected in ids)
            {
                Assert.Equal(expected, Array.IndexOf(logits, logits.Max()));
                executor.Forward([expected], cache, logits, TestContext.Current.CancellationToken);
            }
        }
    }

    private static double LogProbability(float[] logits, int row, int token)
    {
        ReadOnlySpan<float> values = logits.AsSpan(row * 49152, 49152);
        return values[token] - Goldens.LogSumExp(values);
    }

    internal static double Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> actual)
    {
        double total = Goldens.LogSumExp(reference), other = Goldens.LogSumExp(actual), divergence = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double log = reference[i] - total;
            divergence += Math.Exp(log) * (log - (actual[i] - other));
        }

        return divergence;
    }
}
