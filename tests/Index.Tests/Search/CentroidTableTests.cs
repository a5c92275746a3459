using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Kernels;
using Jmlr.Index.Search;
using Jmlr.Models.Randomness;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Search;

public sealed unsafe class CentroidTableTests
{
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
        using var table = new ProbeTable();
        query.Set(matrix, [codec]);
        table.Prepare(query, count);
        query.FillTable(0, codec, 0, count);
        float[] exact = new ReadOnlySpan<float>(query.Table(0, 0), query.Blocks * count * IntegerDots.Rows).ToArray();
        float[] rough = new float[exact.Length];
        Array.Fill(rough, float.NaN); // what a kernel does not write
        int[] sums = new int[count * IntegerDots.Rows];
        for (int block = 0; block < query.Blocks; block++)
        {
            fixed (float* scores = rough.AsSpan(block * count * IntegerDots.Rows))
            fixed (int* room = sums)
            {
                query.ScoreCentroids(block, codec, 0, count, room, scores);
                table.Fill(query, block, 0, count, scores);
            }
        }

        double mean = 0;
        for (int row = 0; row < rows; row++)
        {
            float largest = matrix.Values.Slice(row * dimension, dimension).ToArray().Max(Math.Abs);
            double queryError = 0.5 * largest / IntegerDots.RowLimit * Math.Sqrt(dimension);
            double bound = codec.CentroidSet.Grid.MostError + (codec.CentroidSet.Grid.MostLength * queryError) + 1e-4;
            (int block, int lane) = (row / IntegerDots.Rows, row % IntegerDots.Rows);
            float offset = query.Scales(0, block)[IntegerDots.Rows + lane]; // in the table of fp32 alone
            for (int c = 0; c < count; c++)
            {
                int at = (((block * count) + c) * IntegerDots.Rows) + lane;
                Assert.InRange(Math.Abs(exact[at] - offset - rough[at]), 0, bound);
                mean += Math.Abs(exact[at] - offset - rough[at]) / rows / count;
                float rounded = (table.Bytes(block)[c * table.Stride + lane] - MaxReduction.ZeroByte) * table.Step;
                Assert.InRange(Math.Abs(rounded - rough[at]), 0, (table.Step / 2) + 1e-6);
            }
        }

        for (int padding = rows; padding < query.Blocks * IntegerDots.Rows; padding++)
        {
            Assert.Equal(MaxReduction.ZeroByte, table.Bytes(padding / IntegerDots.Rows)[padding % IntegerDots.Rows]);
        }

        Assert.InRange(mean, 1e-6, 0.01); // another sum, but a near one
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
