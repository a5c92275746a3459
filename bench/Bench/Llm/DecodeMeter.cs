using System.Diagnostics;
using Jmlr.Llm.Execution;

namespace Jmlr.Bench.Llm;

/// <summary>
/// Tokens in turn with plain reads of the same weights by the same threads: the bandwidth of a virtual machine moves within seconds, so a share counts only beside
/// the reads right before and after it. A token reads all weights, and the keys and values before it.
/// </summary>
static unsafe class DecodeMeter
{
    private const int Piece = 32 << 20;

    /// <summary>Decodes <paramref name="tokens"/> tokens at a time after <paramref name="position"/> tokens of <paramref name="cache"/>, for <paramref name="rounds"/> rounds.</summary>
    internal static void Run(CpuLlamaExecutor executor, IKeyValueCache cache, int position, int rounds, int tokens, TextWriter to)
    {
        float[] logits = new float[executor.Configuration.VocabularySize];
        var read = new ReadJob(executor.Team);
        double bytes = executor.WeightBytes, cached = (double)((KeyValueCache)cache).BytesOf(position + (tokens / 2));
        double[] rates = new double[rounds], reads = new double[rounds], shares = new double[rounds];
        executor.Parts = new ForwardParts();
        Decode();
        executor.Parts = new ForwardParts();
        double before = Read();
        for (int round = 0; round < rounds; round++)
        {
            double seconds = Decode(), after = Read();
            rates[round] = tokens / seconds;
            reads[round] = 2 / ((1 / before) + (1 / after));
            shares[round] = rates[round] * (bytes + cached) / reads[round];
            before = after;
        }

        Array.Sort(rates);
        Array.Sort(reads);
        Array.Sort(shares);
        int middle = rounds / 2;
        to.WriteLine(
            $"decode after {position}, median of {rounds} times {tokens}: {rates[middle]:F2} tokens/s (best {rates[^1]:F2}), {(bytes + cached) / 1e6:F1} MB a token ({cached / 1e6:F1} of them keys and values) = {rates[middle] * (bytes + cached) / 1e9:F1} GB/s; "
            + $"the same weights only read {reads[middle] / 1e9:F1} GB/s; share {shares[middle]:P0} (half of the rounds {shares[rounds / 4]:P0} to {shares[rounds * 3 / 4]:P0})");
        to.WriteLine($"ms a token: {executor.Parts.Describe(rounds * tokens)}");
        executor.Parts = null;

        double Decode()
        {
            cache.Truncate(position);
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < tokens; i++)
            {
                executor.Forward([100 + i], cache, logits);
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        // As many bytes as a round of decoding reads, at most one pass.
        double Read()
        {
            long start = Stopwatch.GetTimestamp(), total = executor.Weights.ByteLength;
            for (long at = 0; at < total; at += Piece)
            {
                read.Run(executor.Weights.Start + at, Math.Min(Piece, total - at));
            }

            return total / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
