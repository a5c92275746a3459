using Jmlr.Index.Kernels;

namespace Jmlr.Index.Tests.Kernels;

/// <summary>The step from sums to maxima gives the bits of plain arithmetic, for whole and half blocks.</summary>
public sealed unsafe class MaxReductionTests
{
    private const int Centroids = 50;

    [Theory]
    [InlineData(0, 32)]
    [InlineData(1, 1)]
    [InlineData(7, 9)]
    [InlineData(7, 16)]
    [InlineData(64, 16)]
    [InlineData(7, 17)]
    [InlineData(64, 32)]
    public void Maxima_are_those_of_plain_arithmetic(int count, int rows)
    {
        var random = new Random((count * 100) + rows);
        int[] sums = [.. Enumerable.Range(0, count * IntegerDots.Rows).Select(_ => random.Next(-1_000_000, 1_000_000))];
        ushort[] codes = [.. Enumerable.Range(0, count).Select(_ => (ushort)random.Next(Centroids))];
        byte[] norms = new byte[count];
        random.NextBytes(norms);
        float[] table = Values(Centroids * IntegerDots.Rows, random), scale = Values(IntegerDots.Rows, random), scores = Values(count * IntegerDots.Rows, random);
        byte[] bytes = new byte[count * IntegerDots.Rows];
        random.NextBytes(bytes);
        float[] best = Values(IntegerDots.Rows, random), bestScore = [.. best], bestOfBytes = [.. best], expected = [.. best], expectedScore = [.. best], expectedOfBytes = [.. best];
        float[] scales = [.. scale, .. Values(IntegerDots.Rows, random)]; // what the grid adds comes after the scales
        const float low = 0.5f, step = 0.01f, cosine = 1 / 127f;
        for (int t = 0; t < count; t++)
        {
            for (int row = 0; row < rows; row++)
            {
                int at = (t * IntegerDots.Rows) + row;
                float value = ((sums[at] * scale[row]) + table[(codes[t] * IntegerDots.Rows) + row]) * (low + (step * norms[t]));
                expected[row] = MathF.Max(expected[row], value);
                float offset = scales[IntegerDots.Rows + row] - (MaxReduction.ZeroByte * cosine);
                value = ((sums[at] * scale[row]) + ((bytes[at] * cosine) + offset)) * (low + (step * norms[t]));
                expectedOfBytes[row] = MathF.Max(expectedOfBytes[row], value);
                expectedScore[row] = MathF.Max(expectedScore[row], scores[at]);
            }
        }

        fixed (int* s = sums)
        fixed (ushort* c = codes)
        fixed (byte* n = norms, y = bytes)
        fixed (float* t = table, f = scales, b = best, v = scores, e = bestScore, o = bestOfBytes)
        {
            MaxReduction.Reduce(s, c, n, count, rows, t, f, low, step, b);
            MaxReduction.Reduce(s, y, n, count, rows, cosine, f, low, step, o);
            MaxReduction.Reduce(v, count, rows, e);
        }

        Assert.Equal(Bits(expected, rows), Bits(best, rows));
        Assert.Equal(Bits(expectedOfBytes, rows), Bits(bestOfBytes, rows));
        Assert.Equal(Bits(expectedScore, rows), Bits(bestScore, rows));
    }

    private static IEnumerable<int> Bits(float[] values, int rows) => values.Take(rows).Select(BitConverter.SingleToInt32Bits);

    private static float[] Values(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
}
