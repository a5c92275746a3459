using Jmlr.Models.Weights;

namespace Jmlr.Index.Codec;

/// <summary>How a codec is trained.</summary>
sealed record CodecTraining
{
    /// <summary>Bits for each dimension: 1, 2, 4 or 8.</summary>
    internal required int Bits { get; init; }

    /// <summary>Number of centroids.</summary>
    internal required int Centroids { get; init; }

    /// <summary>Rounds of k-means.</summary>
    internal int Iterations { get; init; } = 8;

    /// <summary>Buckets at the quantiles, as colbert-ai, instead of Lloyd-Max.</summary>
    internal bool QuantileBuckets { get; init; }

    /// <summary>Seed of the start.</summary>
    internal ulong Seed { get; init; } = 12_345;

    /// <summary>Worker threads; the result does not depend on them.</summary>
    internal int Threads { get; init; } = 1;

    /// <summary>Vectors of the collection that the sample is drawn from.</summary>
    internal long CollectionTokens { get; init; }
}

/// <summary>Trains a codec on a sample in a fixed order: centroids on the first part, buckets on the residuals of vectors held out.</summary>
static class CodecTrainer
{
    /// <summary>Points for each centroid that the sample is bounded to.</summary>
    internal const int PointsPerCentroid = 64;

    private const int MostHeldOut = 50_000; // colbert-ai's bound
    private const int FewestToHoldOut = 20_000;

    /// <summary>A codec for vectors like <paramref name="sample"/> fp16 [n, dim].</summary>
    internal static ResidualCodec Train(ReadOnlyMemory<ushort> sample, int dimension, CodecTraining training, Action<int>? afterIteration, CancellationToken cancellation)
    {
        int n = sample.Length / dimension;
        // A small sample is used twice: holding back a twentieth of it would leave too few residuals for the buckets.
        int held = n >= FewestToHoldOut ? Math.Min(n / 20, MostHeldOut) : 0;
        if (n - held < training.Centroids)
        {
            held = 0;
        }

        (ushort[] bits, float[] centroids) = Centroids(sample[..((n - held) * dimension)], dimension, training, afterIteration, cancellation);
        int from = held > 0 ? n - held : Math.Max(0, n - MostHeldOut);
        float[] residuals = new float[(n - from) * dimension];
        float[] lengths = Residuals(sample.Span[(from * dimension)..], new CentroidSet(centroids, dimension), residuals);
        if (held == 0)
        {
            lengths = CrossLengths(sample, dimension, training, cancellation) ?? lengths;
        }

        double mean = lengths.Average(length => (double)length);
        Array.Sort(lengths);
        Array.Sort(residuals);
        (float[] cutoffs, float[] weights) = LloydMax.Train(residuals, training.Bits, training.QuantileBuckets);
        var baseline = new CodecBaseline((float)mean, lengths[(int)(lengths.Length * 0.99)], n - held, training.CollectionTokens);
        return new ResidualCodec(dimension, training.Bits, bits, cutoffs, weights, baseline);
    }

    private static (ushort[] Bits, float[] Values) Centroids(ReadOnlyMemory<ushort> sample, int dimension, CodecTraining training, Action<int>? afterIteration, CancellationToken cancellation)
    {
        var means = new KMeans(dimension, training.Centroids, training.Iterations, training.Threads);
        float[] centroids = means.Train(sample, training.Seed, afterIteration, cancellation);
        ushort[] bits = Array.ConvertAll(centroids, HalfFloats.Narrow);
        HalfFloats.Widen(bits, centroids);
        return (bits, centroids);
    }

    /// <summary>
    /// Lengths of the residuals of vectors that the centroids have not seen, for a sample too small to hold any back: a fifth against centroids of the others.
    /// Null when there are too few for that.
    /// </summary>
    private static float[]? CrossLengths(ReadOnlyMemory<ushort> sample, int dimension, CodecTraining training, CancellationToken cancellation)
    {
        int n = sample.Length / dimension, from = n - (n / 5);
        if (from == n || from < training.Centroids)
        {
            return null;
        }

        (_, float[] centroids) = Centroids(sample[..(from * dimension)], dimension, training, null, cancellation);
        return Residuals(sample.Span[(from * dimension)..], new CentroidSet(centroids, dimension), new float[(n - from) * dimension]);
    }

    /// <summary>Differences to the nearest centroid [n, dim] and their lengths [n].</summary>
    internal static float[] Residuals(ReadOnlySpan<ushort> vectors, CentroidSet centroids, float[] residuals)
    {
        int dimension = centroids.Dimension;
        HalfFloats.Widen(vectors, residuals);
        int[] codes = new int[residuals.Length / dimension];
        using var nearest = new NearestCentroids();
        nearest.Find(residuals, centroids, codes);
        float[] lengths = new float[codes.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            ReadOnlySpan<float> centroid = centroids[codes[i]];
            Span<float> residual = residuals.AsSpan(i * dimension, dimension);
            double square = 0;
            for (int d = 0; d < residual.Length; d++)
            {
                residual[d] -= centroid[d];
                square += (double)residual[d] * residual[d];
            }

            lengths[i] = (float)Math.Sqrt(square);
        }

        return lengths;
    }
}
