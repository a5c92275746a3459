using System.Diagnostics;
using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Export;
using Jmlr.Llm.Weights;
using Jmlr.Models.Tokenizers.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Llm;

/// <summary>The shapes of Llama 2 7B and 13B in Q4_0 with synthetic weights, beside the read bandwidth measured in the same run.</summary>
static class LargeModelBench
{
    private const int Rounds = 9, Decoded = 6;

    internal static void Run(string size, int threads, int prompt, TextWriter to)
    {
        LlamaConfiguration c = Shape(size);
        using var meter = new ReadMeter(threads);
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

        double[] rates = new double[Rounds], reads = new double[Rounds], shares = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            cache.Truncate(prompt);
            double before = meter.Rate();
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Decoded; i++)
            {
                executor.Forward(tokens.AsSpan(i, 1), cache, logits);
            }

            rates[round] = Decoded / Stopwatch.GetElapsedTime(start).TotalSeconds;
            reads[round] = (before + meter.Rate()) / 2;
            shares[round] = rates[round] * executor.WeightBytes / reads[round];
        }

        Array.Sort(rates);
        Array.Sort(reads);
        Array.Sort(shares);
        to.WriteLine($"decode after {prompt}, median of {Rounds} times {Decoded}: {rates[Rounds / 2]:F2} tokens/s (best {rates[^1]:F2}) = {rates[Rounds / 2] * executor.WeightBytes / 1e9:F1} GB/s of weights; read beside it {reads[Rounds / 2] / 1e9:F1} GB/s; share {shares[Rounds / 2]:P0} (half of the rounds {shares[Rounds / 4]:P0} to {shares[Rounds * 3 / 4]:P0})");
        to.WriteLine($"peak memory {PeakMemory()}");
    }

    /// <summary>Writes such a model, with the tokenizer of the GGUF file <paramref name="tokenizer"/>, for other engines to run.</summary>
    internal static void Write(string size, string tokenizer, string output)
    {
        LlamaConfiguration c = Shape(size);
        using var checkpoint = LlamaCheckpoint.Of(new SyntheticWeights(c), c);
        using var file = new GgufFile(tokenizer);
        GgufExport.Write(checkpoint, GgufVocabulary.Read(file), TensorType.Q4_0, "synthetic " + size, output, CancellationToken.None);
    }

    internal static LlamaConfiguration Shape(string size) => size == "13b" ? Shape(40, 5120, 13824, 40) : Shape(32, 4096, 11008, 32);

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
