using Jmlr.Index.Kernels;

namespace Jmlr.Index.Codec;

/// <summary>
/// Centroids as bytes 1..127 (value times scale + 64) with one scale for all, so that integer dot products compare across centroids; the offset adds the same
/// to every centroid's sum of one vector. With it, how far off such a product can be.
/// </summary>
sealed class CentroidGrid
{
    private const float Slack = 1e-4f; // rounding of an fp32 dot product of up to 1024 dimensions, by the lengths of its factors

    internal CentroidGrid(ReadOnlySpan<float> centroids, int dimension)
    {
        Bytes = new byte[centroids.Length];
        Scale = Fill(centroids, Bytes);
        for (int from = 0; from < centroids.Length; from += dimension)
        {
            double error = 0, coarse = 0, exact = 0;
            for (int d = from; d < from + dimension; d++)
            {
                double back = Scale > 0 ? (Bytes[d] - (IntegerDots.RowLimit + 1)) / (double)Scale : 0;
                error += (centroids[d] - back) * (centroids[d] - back);
                coarse += back * back;
                exact += (double)centroids[d] * centroids[d];
            }

            _error = Math.Max(_error, Math.Sqrt(error));
            _coarse = Math.Max(_coarse, Math.Sqrt(coarse));
            _exact = Math.Max(_exact, Math.Sqrt(exact));
        }
    }

    private readonly double _error;
    private readonly double _coarse;
    private readonly double _exact;

    /// <summary>Length of the longest difference between a centroid and what the grid makes of it.</summary>
    internal float MostError => (float)_error;

    /// <summary>Length of the longest centroid on the grid.</summary>
    internal float MostLength => (float)_coarse;

    /// <summary>[count, dim].</summary>
    internal byte[] Bytes { get; }

    /// <summary>Steps of the grid by unit.</summary>
    internal float Scale { get; }

    /// <summary>
    /// By how much the integer product of the centroid with the largest fp32 product can fall short of the largest integer product, for a row of that length that
    /// quantisation moved by <paramref name="rowError"/> and scaled by <paramref name="rowScale"/>.
    /// </summary>
    internal int Band(double rowLength, double rowError, double rowScale)
    {
        // |c x - c' x'| <= |c - c'| |x| + |c'| |x - x'| on either side.
        double bound = (_error * rowLength) + (_coarse * rowError) + (Slack * rowLength * _exact);
        return (int)Math.Min(Math.Ceiling(2 * bound * Scale * rowScale) + 1, int.MaxValue / 2);
    }

    /// <summary>Fills <paramref name="bytes"/> and returns the scale.</summary>
    internal static float Fill(ReadOnlySpan<float> centroids, Span<byte> bytes)
    {
        float largest = 0;
        foreach (float value in centroids)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        float scale = largest > 0 ? IntegerDots.RowLimit / largest : 0;
        for (int i = 0; i < centroids.Length; i++)
        {
            bytes[i] = (byte)((int)MathF.Round(centroids[i] * scale) + IntegerDots.RowLimit + 1);
        }

        return scale;
    }
}
