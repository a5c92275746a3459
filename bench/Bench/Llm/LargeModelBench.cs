using System.Diagnostics;
using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Weights;
using Jmlr.Models;

namespace Jmlr.Bench.Llm;

/// <summary>The shapes of Llama 2 7B and 13B in Q4_0 with synthetic weights, beside the read bandwidth measured in the same run.</summary>
static class LargeModelBench
{
    internal static void Run(string size, int threads, int prompt, TextWriter to)
    {
        LlamaConfiguration c = size == "13b" ? Shape(40, 5120, 13824, 40) : Shape(32, 4096, 11008, 32);
        double before = Machine.ReadBandwidth(threads);
        long start = Stopwatch.GetTimestamp();
        using var checkpoint = LlamaCheckpoint.Of(new SyntheticWeights(c), c);
        using var executor = CpuLlamaExecutor.Load(checkpoint, reference: false, threads, prompt + 64, CancellationToken.None);
        to.WriteLine($"{size}: repacked in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {executor.WeightBytes / 1e9:F2} GB, {executor.Path}, {threads} threads");
        int[] tokens = [.. Enumerable.Range(0, prompt).Select(i => 100 + (i * 7919 % 30000))];
        float[] logits = new float[c.VocabularySize];
        using IKeyValueCache cache = executor.CreateCache(prompt + 64);
        foreach (int length in (int[])[128, prompt])
        {
            cache.Truncate(0);
            start = Stopwatch.GetTimestamp();
            executor.Forward(tokens.AsSpan(0, length), cache, logits);
            to.WriteLine($"prefill {length}: {length / Stopwatch.GetElapsedTime(start).TotalSeconds:F1} tokens/s, logits {(logits.All(float.IsFinite) ? "finite" : "NOT FINITE")}");
        }

        double best = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 8; i++)
            {
                executor.Forward(tokens.AsSpan(i, 1), cache, logits);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds / 8);
        }

        double after = Machine.ReadBandwidth(threads), read = executor.WeightBytes / best;
        to.WriteLine($"decode after {prompt}: {1 / best:F2} tokens/s = {read / 1e9:F1} GB/s of weights; read bandwidth {before / 1e9:F1} GB/s before, {after / 1e9:F1} after ({read / Math.Max(before, after):P0} of the larger)");
        to.WriteLine($"peak memory {PeakMemory()}");
    }

    private static LlamaConfiguration Shape(int layers, int hidden, int feedForward, int heads) => new()
    {
        LayerCount = layers,
        HiddenSize = hidden,
        FeedForwardSize = feedForward,
        HeadCount = heads,
        KeyValueHeadCount = heads,
        HeadSize = hidden / heads,
        VocabularySize = 32000,
        ContextLength = 4096,
        RmsNormEpsilon = 1e-5f,
        RopeTheta = 10000,
    };

    private static string PeakMemory() =>
        File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))[6..].Trim() : "not known";
}
