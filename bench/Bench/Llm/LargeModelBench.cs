using System.Diagnostics;
using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Export;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Weights;
using Jmlr.Models.Tokenizers.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Llm;

/// <summary>The shapes of Llama 2 7B and 13B in Q4_0 with synthetic weights, beside plain reads of the same weights.</summary>
static class LargeModelBench
{
    private const int Rounds = 15, Decoded = 2;

    internal static void Run(string size, int threads, int prompt, TextWriter to)
    {
        LlamaConfiguration c = Shape(size);
        long start = Stopwatch.GetTimestamp();
        using var checkpoint = LlamaCheckpoint.Of(new SyntheticWeights(c), c);
        using var executor = CpuLlamaExecutor.Load(checkpoint, reference: false, threads, prompt + 64, CancellationToken.None, GeneratorLoader.KeyValuesOf(new GeneratorLoadOptions(), prompt + 64));
        to.WriteLine($"{size}: repacked in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {executor.WeightBytes / 1e9:F2} GB, {executor.Path}, {executor.KeyValues}, {threads} threads");
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

        DecodeMeter.Run(executor, cache, prompt, Rounds, Decoded, to);
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
