using System.Runtime.InteropServices;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Codec;

/// <summary>
/// Nearest centroid (largest dot product, ties to the lowest id) of blocks of 32 vectors: exactly in fp32 for the codes that are stored, in
/// 7-bit integers for the many passes of the training. Not thread-safe: one per worker.
/// </summary>
sealed unsafe class NearestCentroids : IDisposable
{
    private const int Chunk = 64; // centroids at a time: their scores stay in the first-level cache
    private readonly AlignedBuffer<float> _queries = new();
    private readonly AlignedBuffer<sbyte> _tiles = new();
    private readonly AlignedBuffer<int> _scores = new();
    private readonly AlignedBuffer<int> _best = new();

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
                    FloatDots.Active(matrix + ((long)first * dimension), queries, part, dimension, scores);
                    ArgMax.Update(scores, part, first, (float*)best, index);
                }

                new Span<int>(index, rows).CopyTo(codes[from..]);
            }
        }
    }

    /// <summary>Codes of vectors [n, dim] over centroids on the byte grid [count, dim] (see <see cref="ByteCentroids"/>).</summary>
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
                    IntegerDots.Active(matrix + ((long)first * dimension), tiles, part, dimension, scores);
                    ArgMax.Update(scores, part, first, best, index);
                }

                new Span<int>(index, rows).CopyTo(codes[from..]);
            }
        }
    }

    /// <summary>
    /// Centroids as bytes 1..127 (value + 64) with one scale for all, so that dot products compare across centroids; the offset adds the
    /// same to every centroid's sum of one vector and does not change who is nearest.
    /// </summary>
    internal static void ByteCentroids(ReadOnlySpan<float> centroids, Span<byte> bytes)
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
    }

    public void Dispose()
    {
        _queries.Dispose();
        _tiles.Dispose();
        _scores.Dispose();
        _best.Dispose();
    }
}
