namespace Jmlr.Index.Codec;

/// <summary>Centroids with what finding the nearest needs, each made on first use. Immutable and thread-safe.</summary>
sealed class CentroidSet
{
    private readonly Lazy<CentroidGrid> _grid;
    private readonly Lazy<CentroidGroups> _groups;

    /// <summary>Takes <paramref name="values"/> [count, dim] over.</summary>
    internal CentroidSet(float[] values, int dimension)
    {
        Values = values;
        Dimension = dimension;
        _grid = new Lazy<CentroidGrid>(() => new CentroidGrid(values, dimension));
        _groups = new Lazy<CentroidGroups>(() => new CentroidGroups(values, dimension, Environment.ProcessorCount));
    }

    /// <summary>[count, dim].</summary>
    internal float[] Values { get; }

    internal int Dimension { get; }

    internal int Count => Values.Length / Dimension;

    /// <summary>The centroids in integers.</summary>
    internal CentroidGrid Grid => _grid.Value;

    /// <summary>The centroids in groups of neighbours; null where there are too few to group.</summary>
    internal CentroidGroups? Groups => Count >= CentroidGroups.Fewest ? _groups.Value : null;

    internal ReadOnlySpan<float> this[int centroid] => Values.AsSpan(centroid * Dimension, Dimension);
}
