using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Encoding;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Bench.Encoders;

/// <summary>
/// Encoder rates and latencies beside libtorch's own matrix rate. Both are measured in turns, and the share is the median of the pairs: on a virtual machine the rate of the matrix
/// units doubles and halves within seconds.
/// </summary>
static class EncoderBench
{
    private const double MatrixSeconds = 0.1;
    private const int Passages = 64, Rounds = 15, Queries = 60, QueryWords = 29;

    // Per token and layer: 4 products of hidden x hidden, 2 of hidden x intermediate; attention and the projection add about 5 % at 128 tokens.
    private const double FlopPerToken = 6 * 2.0 * ((4.0 * 384 * 384) + (2.0 * 384 * 1536));

    internal static void Run(string model, bool brainOnly, TextWriter output)
    {
        for (int threads = 1; threads <= Math.Min(2, Environment.ProcessorCount); threads++)
        {
            foreach (EncoderPrecision precision in (EncoderPrecision[])(brainOnly ? [EncoderPrecision.Bf16] : [EncoderPrecision.Fp32, EncoderPrecision.Bf16]))
            {
                long started = Stopwatch.GetTimestamp();
                using ColbertEncoder encoder = ColbertCheckpoint.Open(model, new EncoderOptions { Threads = threads, Precision = precision });
                double opening = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                foreach (int tokens in (int[])[128, 180])
                {
                    Passage(encoder, tokens, threads, output);
                }

                output.WriteLine(Invariant($"{encoder.Precision}, {threads} thread(s): query of 32 tokens p50 {QueryLatency(encoder):0.0} ms; opening {opening:0} ms"));
            }
        }
    }

    private static void Passage(ColbertEncoder encoder, int length, int threads, TextWriter output)
    {
        string[] texts = [.. Enumerable.Repeat(Words(length - 2), Passages)];
        double[] rates = new double[Rounds], matrix = new double[Rounds], shares = new double[Rounds];
        for (int round = -1; round < Rounds; round++)
        {
            double products = MatrixRate(encoder.Precision == "bf16" ? bfloat16 : float32, threads);
            long tokens = 0, started = Stopwatch.GetTimestamp();
            encoder.EncodePassages(texts, (_, vectors) => tokens += vectors.Length / encoder.Dimension, CancellationToken.None);
            double rate = tokens / Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (round >= 0)
            {
                (rates[round], matrix[round], shares[round]) = (rate, products, rate * FlopPerToken / products);
            }
        }

        Array.ForEach([rates, matrix, shares], Array.Sort);
        output.WriteLine(Invariant($"{encoder.Precision}, {threads} thread(s), passages of {length} tokens: {rates[Rounds / 2]:N0} tokens/s (best {rates[^1]:N0}), {shares[Rounds / 2]:0%} of libtorch's matrix rate (2048 x 384 x 1536) of the moment, {matrix[Rounds / 2] / 1e9:0} GFLOP/s (best {matrix[^1] / 1e9:0})"));
    }

    /// <summary>FLOP/s of libtorch's products of the intermediate layer's shape, on average over as long as some passages take: a best rate would be one of another moment.</summary>
    private static double MatrixRate(ScalarType type, int threads)
    {
        TorchRuntime.Start(threads);
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        Tensor left = randn(2048, 384).to(type), right = randn(1536, 384).to(type);
        nn.functional.linear(left, right).Dispose();
        long products = 0, started = Stopwatch.GetTimestamp();
        double seconds = 0;
        for (; seconds < MatrixSeconds; seconds = Stopwatch.GetElapsedTime(started).TotalSeconds, products++)
        {
            nn.functional.linear(left, right).Dispose();
        }

        return products * 2.0 * 2048 * 384 * 1536 / seconds;
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
