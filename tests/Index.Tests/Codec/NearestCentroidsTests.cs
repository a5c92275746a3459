using Jmlr.Index.Codec;

namespace Jmlr.Index.Tests.Codec;

/// <summary>The nearest centroids found through integers are those of the plain fp32 pass, ties and all.</summary>
public sealed class NearestCentroidsTests
{
    [Theory]
    [InlineData(512, 128, 0f)]
    [InlineData(777, 128, 0f)]
    [InlineData(4096, 128, 0.5f)]
    [InlineData(1500, 24, 0f)]
    [InlineData(600, 1024, 0.9f)]
    public void Filtered_codes_are_those_of_the_plain_pass(int centroids, int dimension, float shared)
    {
        var random = new Random(centroids + dimension);
        float[] matrix = new float[centroids * dimension], vectors = new float[333 * dimension];
        Fill(random, matrix, dimension, shared);
        for (int i = 0; i < 40; i++)
        {
            // The same centroid under two numbers, and one that differs in the last bit.
            int from = random.Next(centroids) * dimension, to = random.Next(centroids) * dimension;
            matrix.AsSpan(from, dimension).CopyTo(matrix.AsSpan(to));
            matrix[to] = i % 2 == 0 ? matrix[to] : MathF.BitIncrement(matrix[to]);
        }

        Fill(random, vectors, dimension, shared);
        for (int i = 0; i < 200; i++)
        {
            // Near a centroid, and sometimes on it.
            int centroid = random.Next(centroids);
            for (int d = 0; d < dimension; d++)
            {
                vectors[(i * dimension) + d] = matrix[(centroid * dimension) + d] + (i % 4 == 0 ? 0 : 0.3f * vectors[(i * dimension) + d]);
            }
        }

        vectors.AsSpan(0, dimension).Clear();
        vectors.AsSpan(5 * dimension, dimension).Clear();
        vectors[5 * dimension] = 1e-20f;
        int[] expected = new int[333], actual = new int[333];
        using var nearest = new NearestCentroids();
        nearest.Find(vectors, matrix, dimension, expected);
        nearest.Find(vectors, matrix, new CentroidGrid(matrix, dimension), dimension, actual);
        Assert.Equal(expected, actual);
    }

    private static void Fill(Random random, float[] rows, int dimension, float shared)
    {
        float[] common = new float[dimension];
        for (int d = 0; d < dimension; d++)
        {
            common[d] = (float)(random.NextDouble() - 0.5) * (d == 3 ? 20 : 1); // one large dimension, as encoders have them
        }

        for (int from = 0; from < rows.Length; from += dimension)
        {
            double square = 0;
            for (int d = 0; d < dimension; d++)
            {
                rows[from + d] = (shared * common[d]) + (float)(random.NextDouble() - 0.5);
                square += rows[from + d] * rows[from + d];
            }

            for (int d = 0; d < dimension; d++)
            {
                rows[from + d] /= (float)Math.Sqrt(square);
            }
        }
    }
}
