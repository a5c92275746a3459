using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Encoding;

namespace Jmlr.Bench.Encoders;

/// <summary>Encoder rates and latencies beside libtorch's own matrix rate, taken on the same number of threads in the same run.</summary>
static class EncoderBench
{
    private const int Passages = 256, Rounds = 5, Queries = 60, QueryWords = 29;

    // Per token and layer: 4 products of hidden x hidden, 2 of hidden x intermediate; attention and the projection add about 5 % at 128 tokens.
    private const double FlopPerToken = 6 * 2.0 * ((4.0 * 384 * 384) + (2.0 * 384 * 1536));

    internal static void Run(string model, bool brainOnly, TextWriter output)
    {
        for (int threads = 1; threads <= Math.Min(2, Environment.ProcessorCount); threads++)
        {
            (double fp32, double bf16) = EncoderRates.MatrixRates(threads);
            output.WriteLine(Invariant($"libtorch matrix rate (2048 x 384 x 1536), {threads} thread(s): {fp32 / 1e9:0} GFLOP/s fp32, {bf16 / 1e9:0} GFLOP/s bf16"));
            foreach (EncoderPrecision precision in (EncoderPrecision[])(brainOnly ? [EncoderPrecision.Bf16] : [EncoderPrecision.Fp32, EncoderPrecision.Bf16]))
            {
                long started = Stopwatch.GetTimestamp();
                using ColbertEncoder encoder = ColbertCheckpoint.Open(model, new EncoderOptions { Threads = threads, Precision = precision });
                double opening = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                double rate = PassageRate(encoder);
                output.WriteLine(Invariant($"  {encoder.Precision}: {rate,7:N0} tokens/s at 128-token passages ({rate * FlopPerToken / 1e9:0} GFLOP/s, {rate * FlopPerToken / (precision == EncoderPrecision.Fp32 ? fp32 : bf16):0%} of the matrix rate); query of 32 tokens p50 {QueryLatency(encoder):0.0} ms; opening {opening:0} ms"));
            }
        }
    }

    private static double PassageRate(ColbertEncoder encoder)
    {
        string[] texts = [.. Enumerable.Repeat(Words(125), Passages)];
        double best = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            long tokens = 0, started = Stopwatch.GetTimestamp();
            encoder.EncodePassages(texts, (_, vectors) => tokens += vectors.Length / encoder.Dimension, CancellationToken.None);
            best = round == 0 ? 0 : Math.Max(best, tokens / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return best;
    }

    private static double QueryLatency(ColbertEncoder encoder)
    {
        var query = new TokenMatrix(encoder.Dimension);
        string text = Words(QueryWords);
        return Latency.Median(Queries, () => encoder.EncodeQuery(text, query));
    }

    private static string Words(int count) => string.Join(' ', Enumerable.Repeat("fever", count));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
