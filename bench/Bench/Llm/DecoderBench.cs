using System.Diagnostics;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Kernels;
using Jmlr.Models;

namespace Jmlr.Bench.Llm;

/// <summary>
/// Prefill and decode rates of a generator beside the read bandwidth measured in the same run. A generated token reads every weight once, so bandwidth / bytes of
/// the weights is the ceiling of decoding.
/// </summary>
static class DecoderBench
{
    private const int Rounds = 5;
    private const int DecodeRounds = 15, DecodeTokens = 32;

    /// <summary>Opens the model at <paramref name="path"/> and measures; the first line (loading) counts only in a fresh process.</summary>
    public static void Run(string path, int threads, TextWriter to)
    {
        to.WriteLine(Machine.Describe());
        long start = Stopwatch.GetTimestamp();
        using IGenerator generator = GeneratorLoader.Open(path, new GeneratorLoadOptions { Threads = threads, ContextLength = 1024 });
        var executor = (CpuLlamaExecutor)generator.Executor;
        to.WriteLine($"loaded in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms, {executor.WeightBytes / 1e6:F1} MB repacked, {executor.Path}, {threads} threads");
        using var meter = new ReadMeter(threads);
        double bandwidth = meter.Rate();
        to.WriteLine($"read bandwidth {bandwidth / 1e9:F1} GB/s: at most {bandwidth / executor.WeightBytes:F0} tokens/s");
        int[] tokens = [.. Enumerable.Range(0, 512).Select(i => 100 + (i * 7919 % (executor.Configuration.VocabularySize - 100)))];
        float[] logits = new float[executor.Configuration.VocabularySize];
        foreach (int length in (int[])[128, 512])
        {
            to.WriteLine($"prefill {length}: {length / Best(() => Prefill(executor, tokens.AsSpan(0, length), logits)):F0} tokens/s");
        }

        using IKeyValueCache cache = executor.CreateCache(1024);
        executor.Forward(tokens.AsSpan(0, 128), cache, logits);
        DecodeMeter.Run(executor, cache, 128, DecodeRounds, DecodeTokens, to);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        executor.Forward(tokens.AsSpan(0, 1), cache, logits);
        to.WriteLine($"allocated per token: {GC.GetAllocatedBytesForCurrentThread() - allocated} bytes");
    }

    /// <summary>Time of choosing kernels, compilation included: nothing else may run before it in the process.</summary>
    public static void Choose(TextWriter to)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-bench-").FullName;
        foreach (string what in (string[])["measured", "kept"])
        {
            long start = Stopwatch.GetTimestamp();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            string name = KernelChoice.Choose(folder).Name;
            to.WriteLine($"kernels {name}, {what} in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms, {(Environment.CpuUsage.TotalTime - before).TotalMilliseconds:F1} ms of processor time");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static void Prefill(CpuLlamaExecutor executor, ReadOnlySpan<int> tokens, float[] logits)
    {
        using IKeyValueCache cache = executor.CreateCache(tokens.Length);
        executor.Forward(tokens, cache, logits);
    }

    private static double Best(Action action)
    {
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
