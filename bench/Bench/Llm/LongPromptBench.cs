using System.Diagnostics;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Prefill;
using Jmlr.Llm.Threading;
using Jmlr.Llm.Weights;

namespace Jmlr.Bench.Llm;

/// <summary>Long prompts by the kernels over int8 tiles and through libtorch in bf16, in turn: what <c>LongPromptChoice</c> decides from, and whole prompts.</summary>
static class LongPromptBench
{
    private const int Rounds = 5, LayersOfLarge = 4;

    /// <summary><paramref name="model"/> is a file or "7b" or "13b", whose shape runs with 4 of its layers.</summary>
    internal static void Run(string model, int threads, TextWriter to)
    {
        using (var team = new ThreadTeam(threads))
        {
            InstructionSet set = KernelChoice.Choose();
            foreach (TileFormat format in (TileFormat[])[TileFormat.Q4, TileFormat.Q4Min, TileFormat.Q8])
            {
                LongPromptChoice.LongPromptTimes times = LongPromptChoice.Measure(format, team, set);
                to.WriteLine($"{format,-6} 2304 x 2048: tiles {times.TileRate / 1e9:F0} GFLOP/s; bf16 {times.Work / times.Units / 1e9:F0}, with widening ({times.Widening * 1e3:F2} ms) {times.UnitRate / 1e9:F0} at {LongPrompts.ChunkTokens} tokens; {(times.Threshold() == LongPromptChoice.Never ? "tiles" : $"bf16 from {times.Threshold()} tokens on")}");
            }
        }

        using CpuLlamaExecutor tiles = Load(model, threads, LongPromptPath.Tiles), units = Load(model, threads, LongPromptPath.MatrixUnits);
        to.WriteLine($"first prompt of 512, bf16: {512 / Seconds(units, 512, to):F0} tokens/s");
        foreach (int length in (int[])[300, 512, 1024, 1500])
        {
            double[] best = [double.MaxValue, double.MaxValue];
            for (int round = 0; round < Rounds; round++)
            {
                best[0] = Math.Min(best[0], Seconds(tiles, length));
                best[1] = Math.Min(best[1], Seconds(units, length));
            }

            to.WriteLine($"prompt of {length}: tiles {length / best[0]:F0} tokens/s, bf16 {length / best[1]:F0} tokens/s ({best[0] / best[1]:F1} times)");
            Seconds(tiles, length, to);
            Seconds(units, length, to);
        }
    }

    private static CpuLlamaExecutor Load(string model, int threads, LongPromptPath path)
    {
        using LlamaCheckpoint checkpoint = model is "7b" or "13b" ? Synthetic(model) : LlamaCheckpoint.Open(model);
        return CpuLlamaExecutor.Load(checkpoint, reference: false, threads, 2048, CancellationToken.None, KeyValueFormat.Half, path);
    }

    private static LlamaCheckpoint Synthetic(string size)
    {
        var c = LargeModelBench.Shape(size) with { LayerCount = LayersOfLarge };
        return LlamaCheckpoint.Of(new SyntheticWeights(c), c);
    }

    private static double Seconds(CpuLlamaExecutor executor, int length, TextWriter? parts = null)
    {
        int[] tokens = [.. Enumerable.Range(0, length).Select(i => 100 + (i * 7919 % 30000))];
        float[] logits = new float[executor.Configuration.VocabularySize];
        using IKeyValueCache cache = executor.CreateCache(length);
        executor.Parts = parts is null ? null : new ForwardParts();
        long start = Stopwatch.GetTimestamp();
        executor.Forward(tokens, cache, logits);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        parts?.WriteLine($"  ms, {executor.PromptPath}: {executor.Parts!.Describe(1)}");
        return seconds;
    }
}
