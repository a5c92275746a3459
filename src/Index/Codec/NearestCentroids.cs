using System.Runtime.InteropServices;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Codec;

/// <summary>
/// Nearest centroid (largest dot product, ties to the lowest id) of blocks of 32 vectors: exactly in fp32 for the codes that are stored, in
/// 7-bit integers for the many passes of the training. Among many centroids the integers find those that can be nearest in fp32, and only they are looked at
/// in fp32. Where there are so many that they are grouped, only those of the nearest groups are. Not thread-safe: one per worker.
/// </summary>
sealed unsafe class NearestCentroids : IDisposable
{
    private const int FewestToFilter = 512; // below it the plain pass is as fast
    private const int Chunk = 64; // centroids at a time: their scores stay in the first-level cache
    private readonly AlignedBuffer<float> _queries = new();
    private readonly AlignedBuffer<sbyte> _tiles = new();
    private readonly AlignedBuffer<int> _scores = new();
    private readonly AlignedBuffer<int> _best = new();
    private readonly CentroidCandidates _candidates = new();
    private readonly GroupedCentroids _grouped = new();
    private int[] _taken = [];

    /// <summary>Vectors to hand over at once: enough for the way these centroids are searched.</summary>
    internal static int Slice(int centroids) => centroids >= CentroidGroups.Fewest ? GroupedCentroids.Slice : 512;

    /// <summary>The codes that are stored, of vectors [n, dim].</summary>
    internal void Find(ReadOnlySpan<float> vectors, CentroidSet centroids, Span<int> codes)
    {
        if (centroids.Groups is CentroidGroups groups)
        {
            _grouped.Find(vectors, centroids.Values, groups, codes);
        }
        else
        {
            Find(vectors, centroids.Values, centroids.Grid, centroids.Dimension, codes);
        }
    }

    /// <summary>Codes of vectors [n, dim] on the byte grid, for grouped centroids.</summary>
    internal void FindOnGrid(ReadOnlySpan<float> vectors, CentroidGroups groups, Span<int> codes) => _grouped.Find(vectors, default, groups, codes);

    /// <summary>Exact codes of vectors [n, dim].</summary>
    internal void Find(ReadOnlySpan<float> vectors, ReadOnlySpan<float> centroids, int dimension, Span<int> codes)
    {
        int count = centroids.Length / dimension;
        float* queries = _queries.Ensure(dimension * IntegerDots.Rows), scores = (float*)_scores.Ensure(Chunk * IntegerDots.Rows);
        int* best = _best.Ensure(2 * IntegerDots.Rows), index = best + IntegerDots.Rows;
        fixed (float* matrix = &MemoryMarshal.GetReference(centroids))
        {
            for (int from = 0; from < codes.Length; from += IntegerDots.Rows)
            {
                int rows = Math.Min(IntegerDots.Rows, codes.Length - from);
                QueryLayout.Transpose(vectors.Slice(from * dimension, rows * dimension), dimension, new Span<float>(queries, dimension * IntegerDots.Rows));
                new Span<float>(best, IntegerDots.Rows).Fill(float.NegativeInfinity);
                new Span<int>(index, IntegerDots.Rows).Clear();
                for (int first = 0; first < count; first += Chunk)
                {
                    int part = Math.Min(Chunk, count - first);
                    FloatDots.Active(matrix + ((long)first * dimension), queries, part, IntegerDots.Rows, dimension, scores);
                    ArgMax.Update(scores, part, first, (float*)best, index);
                }

                new Span<int>(index, rows).CopyTo(codes[from..]);
            }
        }
    }

    /// <summary>The same codes with the help of <paramref name="grid"/>.</summary>
    internal void Find(ReadOnlySpan<float> vectors, ReadOnlySpan<float> centroids, CentroidGrid grid, int dimension, Span<int> codes)
    {
        int count = centroids.Length / dimension;
        if (count < FewestToFilter)
        {
            Find(vectors, centroids, dimension, codes);
            return;
        }

        sbyte* tiles = _tiles.Ensure(dimension * IntegerDots.Rows);
        int* scores = _scores.Ensure(Chunk * IntegerDots.Rows), best = _best.Ensure(4 * IntegerDots.Rows), index = best + IntegerDots.Rows, bands = index + IntegerDots.Rows, least = bands + IntegerDots.Rows;
        _taken = _taken.Length < count ? new int[count] : _taken;
        Span<float> scales = stackalloc float[IntegerDots.Rows];
        fixed (byte* matrix = grid.Bytes)
        {
            for (int from = 0; from < codes.Length; from += IntegerDots.Rows)
            {
                int rows = Math.Min(IntegerDots.Rows, codes.Length - from);
                ReadOnlySpan<float> block = vectors.Slice(from * dimension, rows * dimension);
                QueryLayout.Quantise(block, dimension, new Span<sbyte>(tiles, dimension * IntegerDots.Rows), scales);
                Bands(block, tiles, scales, grid, dimension, new Span<int>(bands, IntegerDots.Rows));
                new Span<int>(best, IntegerDots.Rows).Fill(int.MinValue);
                _candidates.Clear();
                for (int first = 0; first < count; first += Chunk)
                {
                    int part = Math.Min(Chunk, count - first);
                    IntegerDots.Active(matrix + ((long)first * dimension), tiles, part, IntegerDots.Rows, dimension, scores);
                    ArgMax.Update(scores, part, first, best, index);
                    for (int row = 0; row < IntegerDots.Rows; row++)
                    {
                        least[row] = row < rows ? best[row] - bands[row] : int.MaxValue;
                    }

                    _candidates.Add(scores, part, first, least);
                }

                for (int row = 0; row < rows; row++)
                {
                    int taken = _candidates.Take(row, least[row], _taken);
                    codes[from + row] = Nearest(block.Slice(row * dimension, dimension), centroids, _taken.AsSpan(0, taken));
                }
            }
        }
    }

    /// <summary>Codes of vectors [n, dim] over centroids on the byte grid [count, dim] (see <see cref="CentroidGrid"/>).</summary>
    internal void FindOnGrid(ReadOnlySpan<float> vectors, ReadOnlySpan<byte> centroids, int dimension, Span<int> codes)
    {
        int count = centroids.Length / dimension;
        sbyte* tiles = _tiles.Ensure(dimension * IntegerDots.Rows);
        int* scores = _scores.Ensure(Chunk * IntegerDots.Rows), best = _best.Ensure(2 * IntegerDots.Rows), index = best + IntegerDots.Rows;
        fixed (byte* matrix = &MemoryMarshal.GetReference(centroids))
        {
            for (int from = 0; from < codes.Length; from += IntegerDots.Rows)
            {
                int rows = Math.Min(IntegerDots.Rows, codes.Length - from);
                QueryLayout.Quantise(vectors.Slice(from * dimension, rows * dimension), dimension, new Span<sbyte>(tiles, dimension * IntegerDots.Rows), default);
                new Span<int>(best, IntegerDots.Rows).Fill(int.MinValue);
                new Span<int>(index, IntegerDots.Rows).Clear();
                for (int first = 0; first < count; first += Chunk)
                {
                    int part = Math.Min(Chunk, count - first);
                    IntegerDots.Active(matrix + ((long)first * dimension), tiles, part, IntegerDots.Rows, dimension, scores);
                    ArgMax.Update(scores, part, first, best, index);
                }

                new Span<int>(index, rows).CopyTo(codes[from..]);
            }
        }
    }

    internal static void Bands(ReadOnlySpan<float> rows, sbyte* tiles, ReadOnlySpan<float> scales, CentroidGrid grid, int dimension, Span<int> bands)
    {
        for (int row = 0, from = 0; from < rows.Length; row++, from += dimension)
        {
            double length = 0, error = 0;
            for (int d = 0; d < dimension; d++)
            {
                double value = rows[from + d], difference = value - (tiles[(((d >> 2) * IntegerDots.Rows) + row) * 4 + (d & 3)] * (double)scales[row]);
                length += value * value;
                error += difference * difference;
            }

            bands[row] = grid.Band(Math.Sqrt(length), Math.Sqrt(error), scales[row] > 0 ? 1 / scales[row] : 0);
        }
    }

    /// <summary>The one of some centroids with the largest fp32 product, computed as <see cref="FloatDots"/> does: one chain of fused multiply-adds; eight chains at a time.</summary>
    internal static int Nearest(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroids, ReadOnlySpan<int> candidates)
    {
        const int lanes = 8;
        int nearest = 0;
        float most = float.NegativeInfinity;
        fixed (float* x = vector, matrix = centroids)
        {
            for (int at = 0; at < candidates.Length; at += lanes)
            {
                float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
                float* c0 = Row(matrix, vector.Length, candidates, at), c1 = Row(matrix, vector.Length, candidates, at + 1);
                float* c2 = Row(matrix, vector.Length, candidates, at + 2), c3 = Row(matrix, vector.Length, candidates, at + 3);
                float* c4 = Row(matrix, vector.Length, candidates, at + 4), c5 = Row(matrix, vector.Length, candidates, at + 5);
                float* c6 = Row(matrix, vector.Length, candidates, at + 6), c7 = Row(matrix, vector.Length, candidates, at + 7);
                for (int d = 0; d < vector.Length; d++)
                {
                    s0 = MathF.FusedMultiplyAdd(x[d], c0[d], s0);
                    s1 = MathF.FusedMultiplyAdd(x[d], c1[d], s1);
                    s2 = MathF.FusedMultiplyAdd(x[d], c2[d], s2);
                    s3 = MathF.FusedMultiplyAdd(x[d], c3[d], s3);
                    s4 = MathF.FusedMultiplyAdd(x[d], c4[d], s4);
                    s5 = MathF.FusedMultiplyAdd(x[d], c5[d], s5);
                    s6 = MathF.FusedMultiplyAdd(x[d], c6[d], s6);
                    s7 = MathF.FusedMultiplyAdd(x[d], c7[d], s7);
                }

                ReadOnlySpan<float> sums = [s0, s1, s2, s3, s4, s5, s6, s7];
                for (int lane = 0; lane < lanes && at + lane < candidates.Length; lane++)
                {
                    if (sums[lane] > most)
                    {
                        (most, nearest) = (sums[lane], candidates[at + lane]);
                    }
                }
            }
        }

        return nearest;
    }

    /// <summary>A candidate's centroid; beyond the last candidate the last one's.</summary>
    private static float* Row(float* matrix, int dimension, ReadOnlySpan<int> candidates, int at) => matrix + ((long)candidates[Math.Min(at, candidates.Length - 1)] * dimension);

    public void Dispose()
    {
        _queries.Dispose();
        _tiles.Dispose();
        _scores.Dispose();
        _best.Dispose();
        _grouped.Dispose();
    }
}
