using System.Text.Json;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Weights;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests;

/// <summary>Golden outputs and models, opened once.</summary>
static class Goldens
{
    /// <summary>Tests that use the shared executors run one after another: an executor is not thread-safe.</summary>
    public const string SmolLm2Collection = "SmolLM2";

    private static readonly Lazy<CpuLlamaExecutor> s_reference = new(() => Load(SmolLm2Path, reference: true));
    private static readonly Lazy<CpuLlamaExecutor> s_quantised = new(() => Load(SmolLm2Path, reference: false));

    /// <summary>The generator that the project ships.</summary>
    public static string SmolLm2Path => Path.Combine(SharedData.Repository, "models/jmlr-mini/generator/SmolLM2-135M-Instruct.Q4_1.gguf");

    /// <summary>Dequantised weights, fp32 arithmetic.</summary>
    public static CpuLlamaExecutor SmolLm2Reference => s_reference.Value;

    /// <summary>As shipped: 4-bit weights, int8 activations.</summary>
    public static CpuLlamaExecutor SmolLm2 => s_quantised.Value;

    public static CpuLlamaExecutor Load(string path, bool reference)
    {
        using var checkpoint = LlamaCheckpoint.Open(path);
        return CpuLlamaExecutor.Load(checkpoint, reference, 2, 1024, TestContext.Current.CancellationToken);
    }

    public static JsonElement Json(string relative)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("golden/llama/" + relative)));
        return document.RootElement.Clone();
    }

    public static float[] Floats(string relative, string tensor)
    {
        using var file = new SafetensorsFile(SharedData.Require("golden/llama/" + relative));
        float[] values = new float[file.Tensors[tensor].ElementCount];
        file.ReadFloat32(tensor, values);
        return values;
    }

    public static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];

    public static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    /// <summary>Logits of all positions, in one call.</summary>
    public static float[] AllLogits(ILlamaExecutor executor, ReadOnlySpan<int> tokens)
    {
        float[] logits = new float[tokens.Length * executor.Configuration.VocabularySize];
        using IKeyValueCache cache = executor.CreateCache(tokens.Length);
        executor.Forward(tokens, cache, logits, TestContext.Current.CancellationToken);
        return logits;
    }

    public static float[] LastLogits(ILlamaExecutor executor, ReadOnlySpan<int> tokens)
    {
        float[] logits = new float[executor.Configuration.VocabularySize];
        using IKeyValueCache cache = executor.CreateCache(tokens.Length);
        executor.Forward(tokens, cache, logits, TestContext.Current.CancellationToken);
        return logits;
    }

    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        Assert.True(worst <= tolerance, FormattableString.Invariant($"largest difference {worst}, allowed {tolerance}"));
    }

    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
        {
            max = Math.Max(max, logit);
        }

        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        return max + Math.Log(sum);
    }
}
