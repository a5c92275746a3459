using System.Runtime.InteropServices;
using Jmlr.Index.Encoding.Attention;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Tests.Encoding;

public sealed class FusedAttentionTests
{
    [Theory]
    [InlineData(1, 1, 1, 32, 1, false)]
    [InlineData(3, 2, 3, 32, 2, true)]
    [InlineData(2, 5, 17, 32, 2, true)]
    [InlineData(2, 12, 32, 32, 2, false)]
    [InlineData(3, 12, 33, 32, 1, true)]
    [InlineData(2, 3, 63, 64, 2, true)]
    [InlineData(1, 12, 180, 32, 2, false)]
    [InlineData(2, 2, 511, 64, 2, true)]
    public void It_gives_the_softmax_weighted_sum_of_every_head(int rows, int heads, int tokens, int headSize, int threads, bool shorter)
    {
        TorchRuntime.Start(threads);
        Assert.SkipUnless(FusedAttention.Supports(headSize, bfloat16, CPU), "needs AVX-512");
        using var scope = NewDisposeScope();
        int hidden = heads * headSize;
        using var generator = new Generator(((ulong)tokens * 31) + (ulong)rows);
        // Scores of a spread of several units: some weights near 1, some that underflow.
        Tensor joined = randn([rows, tokens, 3 * hidden], generator: generator).to(bfloat16);
        int[]? lengths = shorter ? [.. Enumerable.Range(0, rows).Select(row => Math.Max(1, tokens - (row * tokens / rows)))] : null;
        using var attention = new FusedAttention(heads, headSize, threads);
        for (int round = 0; round < 2; round++)
        {
            Tensor context = attention.Run(joined, lengths);
            Assert.Equal([rows, tokens, hidden], context.shape);
            Compare(Floats(joined), Floats(context), lengths, rows, heads, tokens, headSize);
        }
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        TorchRuntime.Start(1);
        Assert.SkipUnless(FusedAttention.Supports(32, bfloat16, CPU), "needs AVX-512");
        using var scope = NewDisposeScope();
        Tensor joined = full([1, 9, 96], 100f).to(bfloat16); // scores 320,000
        using var attention = new FusedAttention(1, 32, 1);
        Assert.All(Floats(attention.Run(joined, [4])), value => Assert.Equal(100f, value));
    }

    // In fp64, head by head; bf16 of the result is the only rounding that may differ.
    private static void Compare(float[] joined, float[] context, int[]? lengths, int rows, int heads, int tokens, int headSize)
    {
        int hidden = heads * headSize;
        double[] weights = new double[tokens];
        for (int row = 0; row < rows; row++)
        {
            int length = lengths?[row] ?? tokens;
            for (int head = 0; head < heads; head++)
            {
                for (int token = 0; token < tokens; token++)
                {
                    int At(int other, int part) => (((row * tokens) + other) * 3 * hidden) + (part * hidden) + (head * headSize);
                    for (int key = 0; key < length; key++)
                    {
                        weights[key] = Enumerable.Range(0, headSize).Sum(d => (double)joined[At(token, 0) + d] * joined[At(key, 1) + d]);
                    }

                    double largest = weights.Take(length).Max(), sum = 0;
                    for (int key = 0; key < length; key++)
                    {
                        sum += weights[key] = Math.Exp(weights[key] - largest);
                    }

                    for (int d = 0; d < headSize; d++)
                    {
                        double expected = Enumerable.Range(0, length).Sum(key => weights[key] * joined[At(key, 2) + d]) / sum;
                        float got = context[(((row * tokens) + token) * hidden) + (head * headSize) + d];
                        Assert.True(Math.Abs(expected - got) <= 0.004 * Math.Abs(expected) + 1e-5, $"row {row}, head {head}, token {token}, column {d}: {got}, expected {expected}");
                    }
                }
            }
        }
    }

    private static float[] Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.to(float32).bytes).ToArray();
}
