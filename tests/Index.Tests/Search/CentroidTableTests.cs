using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Kernels;
using Jmlr.Index.Search;
using Jmlr.Models.Randomness;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Search;

public sealed unsafe class CentroidTableTests
{
    private const int Chunk = 64;

    [Theory]
    [InlineData(128, 1, 1)]
    [InlineData(128, 31, 63)]
    [InlineData(128, 33, 65)]
    [InlineData(64, 32, 130)]
    [InlineData(96, 70, 257)]
    public void In_integers_it_is_that_of_fp32_within_the_errors_of_the_grids(int dimension, int rows, int count)
    {
        var random = new SplitMix64((ulong)(rows + count));
        ushort[] centroids = [.. Unit(random, count, dimension).Select(HalfFloats.Narrow)];
        using var codec = new ResidualCodec(dimension, 1, centroids, [0], [-0.05f, 0.05f], default);
        var matrix = new TokenMatrix(dimension);
        matrix.Resize(rows);
        Unit(random, rows, dimension).CopyTo(matrix.Values);
        using var query = new PreparedQuery();
        query.Set(matrix, [codec]);
        using var sums = new AlignedBuffer<int>();
        sums.Ensure(Chunk * IntegerDots.Rows);

        float[] exact = Filled(query, count, () => query.FillTable(0, codec, 0, count));
        float[] rough = Filled(query, count, () => query.FillTableInIntegers(0, codec, 0, count, sums.Pointer, Chunk));
        double mean = 0;
        for (int row = 0; row < rows; row++)
        {
            float largest = matrix.Values.Slice(row * dimension, dimension).ToArray().Max(Math.Abs);
            double queryError = 0.5 * largest / IntegerDots.RowLimit * Math.Sqrt(dimension);
            double bound = codec.CentroidSet.Grid.MostError + (codec.CentroidSet.Grid.MostLength * queryError) + 1e-4;
            for (int c = 0; c < count; c++)
            {
                int at = ((((row / IntegerDots.Rows) * count) + c) * IntegerDots.Rows) + (row % IntegerDots.Rows);
                Assert.InRange(Math.Abs(exact[at] - rough[at]), 0, bound);
                mean += Math.Abs(exact[at] - rough[at]) / rows / count;
            }
        }

        Assert.InRange(mean, 1e-6, 0.01); // another sum, but a near one
    }

    private static float[] Filled(PreparedQuery query, int count, Action fill)
    {
        fill();
        return new ReadOnlySpan<float>(query.Table(0, 0), query.Blocks * count * IntegerDots.Rows).ToArray();
    }

    private static float[] Unit(SplitMix64 random, int count, int dimension)
    {
        float[] values = new float[count * dimension];
        for (int from = 0; from < values.Length; from += dimension)
        {
            Span<float> row = values.AsSpan(from, dimension);
            float squares = 0;
            for (int d = 0; d < dimension; d++)
            {
                row[d] = (random.Below(20_001) - 10_000) / 10_000f;
                squares += row[d] * row[d];
            }

            for (int d = 0; d < dimension; d++)
            {
                row[d] /= MathF.Sqrt(squares);
            }
        }

        return values;
    }
}
