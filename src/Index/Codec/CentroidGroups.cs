using System.Numerics;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Codec;

/// <summary>
/// Many centroids in groups of neighbours, so that a vector is compared with those of the groups nearest to it and not with all. Made from the centroids
/// alone, by k-means over them: the same for every vector, thread and run.
/// </summary>
sealed class CentroidGroups
{
    /// <summary>From so many centroids on they are grouped; below, every vector is compared with all.</summary>
    internal const int Fewest = 16_384;

    private const int Iterations = 4;
    private const ulong Seed = 1;

    /// <summary>Groups <paramref name="centroids"/> [count, dim].</summary>
    internal CentroidGroups(ReadOnlySpan<float> centroids, int dimension, int threads)
    {
        Dimension = dimension;
        int count = centroids.Length / dimension;
        Count = 1 << (BitOperations.Log2((uint)count) / 2);
        ushort[] halves = new ushort[centroids.Length];
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = HalfFloats.Narrow(centroids[i]);
        }

        float[] means = new KMeans(dimension, Count, Iterations, threads).Train(halves, Seed, null, CancellationToken.None);
        Means = new byte[means.Length];
        CentroidGrid.Fill(means, Means);
        int[] groups = new int[count];
        using (var nearest = new NearestCentroids())
        {
            nearest.FindOnGrid(centroids, Means, dimension, groups);
        }

        Starts = new int[Count + 1];
        foreach (int group in groups)
        {
            Starts[group + 1]++;
        }

        for (int group = 0; group < Count; group++)
        {
            Starts[group + 1] += Starts[group];
        }

        Members = new int[count];
        int[] next = Starts[..^1];
        for (int centroid = 0; centroid < count; centroid++)
        {
            Members[next[groups[centroid]]++] = centroid;
        }

        float[] ordered = new float[centroids.Length];
        for (int i = 0; i < count; i++)
        {
            centroids.Slice(Members[i] * dimension, dimension).CopyTo(ordered.AsSpan(i * dimension));
        }

        Grid = new CentroidGrid(ordered, dimension);
    }

    internal int Dimension { get; }

    /// <summary>Number of groups, about the square root of that of the centroids.</summary>
    internal int Count { get; }

    /// <summary>Means of the groups on the byte grid [groups, dim].</summary>
    internal byte[] Means { get; }

    /// <summary>Where each group begins in <see cref="Members"/> [groups + 1].</summary>
    internal int[] Starts { get; }

    /// <summary>Centroids by group, ascending in each [count].</summary>
    internal int[] Members { get; }

    /// <summary>The centroids on the byte grid in that order.</summary>
    internal CentroidGrid Grid { get; }
}
