using System.Diagnostics;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;

namespace Jmlr.Bench.Llm;

/// <summary>Decoding while a neighbour keeps one core busy: a team that waits for a descheduled thread would fall to a tenth.</summary>
static class NeighbourBench
{
    private const int Tokens = 64, Rounds = 12;

    internal static void Run(string path, int threads, TextWriter to)
    {
        using IGenerator generator = GeneratorLoader.Open(path, new GeneratorLoadOptions { Threads = threads, ContextLength = 1024 });
        ILlamaExecutor executor = generator.Executor;
        float[] logits = new float[executor.Configuration.VocabularySize];
        int[] tokens = [.. Enumerable.Range(0, 128).Select(i => 100 + (i * 7919 % 40000))];
        using IKeyValueCache cache = executor.CreateCache(256);
        executor.Forward(tokens, cache, logits);
        Rate();
        double idle = Rate(), busy, after;
        using (var neighbour = Process.Start(new ProcessStartInfo("sh", "-c \"while :; do :; done\"")) ?? throw new InvalidOperationException("no shell"))
        {
            try
            {
                busy = Rate();
            }
            finally
            {
                neighbour.Kill();
            }
        }

        after = Rate();
        to.WriteLine($"decode, median of {Rounds} times {Tokens} tokens: {idle:F0} tokens/s alone, {busy:F0} with one busy neighbour ({busy / idle:P0}), {after:F0} after it");

        double Rate()
        {
            double[] seconds = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                cache.Truncate(128);
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < Tokens; i++)
                {
                    executor.Forward(tokens.AsSpan(i, 1), cache, logits);
                }

                seconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            Array.Sort(seconds);
            return Tokens / seconds[Rounds / 2];
        }
    }
}
