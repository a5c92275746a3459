using Jmlr.Index.Codec;
using Jmlr.Models.Randomness;

namespace Jmlr.Index.Tests.Codec;

/// <summary>Nearest centroids by groups: the plain pass where every group is looked at, near it where not, and one vector's code does not depend on those beside it.</summary>
public sealed class GroupedCentroidsTests
{
    [Theory]
    [InlineData(256, 128)] // 16 groups, all of them looked at
    [InlineData(511, 24)]
    [InlineData(300, 1024)]
    public void All_groups_give_the_codes_of_the_plain_pass(int count, int dimension)
    {
        float[] centroids = Vectors(count, dimension, 7, default), vectors = Vectors(777, dimension, 8, centroids);
        centroids.AsSpan(0, dimension).CopyTo(centroids.AsSpan(50 * dimension)); // a tie
        vectors.AsSpan(3 * dimension, dimension).Clear();
        int[] expected = new int[777], actual = new int[777];
        using var nearest = new NearestCentroids();
        nearest.Find(vectors, centroids, dimension, expected);
        using var grouped = new GroupedCentroids();
        grouped.Find(vectors, centroids, new CentroidGroups(centroids, dimension, 2), actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Most_vectors_get_the_nearest_of_all_and_each_the_same_alone()
    {
        const int count = 4096, dimension = 64, n = 5000;
        float[] centroids = Vectors(count, dimension, 1, default), vectors = Vectors(n, dimension, 2, centroids);
        int[] expected = new int[n], together = new int[n], apart = new int[n], grid = new int[n];
        using var nearest = new NearestCentroids();
        nearest.Find(vectors, centroids, dimension, expected);
        var groups = new CentroidGroups(centroids, dimension, 2);
        using var grouped = new GroupedCentroids();
        grouped.Find(vectors, centroids, groups, together);
        for (int from = 0, part = 1; from < n; from += part, part = Math.Min(part * 2 % 301 + 1, n - from))
        {
            grouped.Find(vectors.AsSpan(from * dimension, part * dimension), centroids, groups, apart.AsSpan(from, part));
        }

        Assert.Equal(together, apart);
        grouped.Find(vectors, default, groups, grid);
        Assert.InRange(together.Zip(expected).Count(pair => pair.First == pair.Second), n * 9 / 10, n);
        Assert.InRange(grid.Zip(together).Count(pair => pair.First == pair.Second), n * 9 / 10, n);
    }

    [Fact]
    public void Groups_hold_every_centroid_once_and_do_not_depend_on_threads()
    {
        float[] centroids = Vectors(2000, 32, 3, default);
        CentroidGroups one = new(centroids, 32, 1), three = new(centroids, 32, 3);
        Assert.Equal(Enumerable.Range(0, 2000), one.Members.Order());
        Assert.Equal(one.Members, three.Members);
        Assert.Equal(one.Starts, three.Starts);
        Assert.Equal(one.Means, three.Means);
    }

    /// <summary>Unit vectors, near one of <paramref name="centres"/> where there are any.</summary>
    private static float[] Vectors(int count, int dimension, ulong seed, ReadOnlySpan<float> centres)
    {
        var random = new SplitMix64(seed);
        float[] vectors = new float[count * dimension];
        for (int from = 0; from < vectors.Length; from += dimension)
        {
            int centre = centres.IsEmpty ? 0 : random.Below(centres.Length / dimension) * dimension;
            double square = 0;
            for (int d = 0; d < dimension; d++)
            {
                double noise = random.NextGaussian() / Math.Sqrt(dimension);
                vectors[from + d] = (float)(centres.IsEmpty ? noise : centres[centre + d] + (0.5 * noise));
                square += vectors[from + d] * vectors[from + d];
            }

            for (int d = 0; d < dimension; d++)
            {
                vectors[from + d] /= (float)Math.Sqrt(square);
            }
        }

        return vectors;
    }
}
