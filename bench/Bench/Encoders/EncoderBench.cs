using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Encoding;

namespace Jmlr.Bench.Encoders;

/// <summary>Encoder rates beside libtorch's own matrix rate in the same run.</summary>
static class EncoderBench
{
    private const int Passages = 256, Rounds = 5;

    // Per token and layer: 4 products of hidden x hidden, 2 of hidden x intermediate; attention and the projection add about 5 % at 128 tokens.
    private const double FlopPerToken = 6 * 2.0 * ((4.0 * 384 * 384) + (2.0 * 384 * 1536));

    internal static void Run(string model, TextWriter output)
    {
        (double fp32, double bf16) = EncoderRates.MatrixRates(Environment.ProcessorCount);
        output.WriteLine(Invariant($"libtorch matrix rate (2048 x 384 x 1536, {Environment.ProcessorCount} threads): {fp32 / 1e9:0} GFLOP/s fp32, {bf16 / 1e9:0} GFLOP/s bf16"));
        foreach (EncoderPrecision precision in (EncoderPrecision[])[EncoderPrecision.Fp32, EncoderPrecision.Bf16])
        {
            for (int threads = 1; threads <= Environment.ProcessorCount; threads++)
            {
                using ColbertEncoder encoder = ColbertCheckpoint.Open(model, new EncoderOptions { Threads = threads, Precision = precision });
                Measure(encoder, threads, precision == EncoderPrecision.Fp32 ? fp32 : bf16, output);
            }
        }
    }

    private static void Measure(ColbertEncoder encoder, int threads, double matrixRate, TextWriter output)
    {
        string[] texts = [.. Enumerable.Repeat(string.Join(' ', Enumerable.Repeat("fever", 125)), Passages)];
        double best = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            long tokens = 0, started = Stopwatch.GetTimestamp();
            encoder.EncodePassages(texts, (_, vectors) => tokens += vectors.Length / encoder.Dimension, CancellationToken.None);
            best = round == 0 ? 0 : Math.Max(best, tokens / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        var query = new TokenMatrix(encoder.Dimension);
        double[] times = new double[60];
        for (int i = 0; i < times.Length; i++)
        {
            long started = Stopwatch.GetTimestamp();
            encoder.EncodeQuery("which drug is first choice for hypertension with kidney disease", query);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(times);
        output.WriteLine(Invariant($"{encoder.Precision} {threads} thread(s): {best:N0} tokens/s at 128-token passages ({best * FlopPerToken / 1e9:0} GFLOP/s, {best * FlopPerToken / matrixRate:0%} of the 2-thread matrix rate); query p50 {times[30]:0.0} ms"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
