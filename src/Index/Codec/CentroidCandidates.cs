using System.Runtime.Intrinsics;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Codec;

/// <summary>
/// For each of 32 rows the centroids whose integer product comes within a band of the largest: among them is the one with the largest fp32 product. Filled
/// chunk by chunk; a candidate that a later chunk leaves behind is dropped at the end. Not thread-safe.
/// </summary>
sealed unsafe class CentroidCandidates
{
    private readonly int[] _counts = new int[IntegerDots.Rows];
    private int _capacity = 256;
    private (int Centroid, int Score)[] _entries = new (int, int)[256 * IntegerDots.Rows];

    internal void Clear() => _counts.AsSpan().Clear();

    /// <summary>Adds those of a chunk of scores [count][32] that reach <paramref name="least"/> [32].</summary>
    internal void Add(int* scores, int count, int first, int* least)
    {
        Vector256<int> a = Vector256.Load(least), b = Vector256.Load(least + 8), c = Vector256.Load(least + 16), d = Vector256.Load(least + 24);
        for (int i = 0; i < count; i++, scores += IntegerDots.Rows)
        {
            uint reached = Vector256.GreaterThanOrEqual(Vector256.Load(scores), a).ExtractMostSignificantBits()
                | (Vector256.GreaterThanOrEqual(Vector256.Load(scores + 8), b).ExtractMostSignificantBits() << 8)
                | (Vector256.GreaterThanOrEqual(Vector256.Load(scores + 16), c).ExtractMostSignificantBits() << 16)
                | (Vector256.GreaterThanOrEqual(Vector256.Load(scores + 24), d).ExtractMostSignificantBits() << 24);
            for (; reached != 0; reached &= reached - 1)
            {
                int row = System.Numerics.BitOperations.TrailingZeroCount(reached);
                if (_counts[row] == _capacity)
                {
                    Grow();
                }

                _entries[(row * _capacity) + _counts[row]++] = (first + i, scores[row]);
            }
        }
    }

    /// <summary>Centroids of a row that reach <paramref name="least"/>, ascending.</summary>
    internal int Take(int row, int least, Span<int> centroids)
    {
        int taken = 0;
        foreach ((int centroid, int score) in _entries.AsSpan(row * _capacity, _counts[row]))
        {
            if (score >= least)
            {
                centroids[taken++] = centroid;
            }
        }

        return taken;
    }

    /// <summary>What was added for a row.</summary>
    internal ReadOnlySpan<(int Centroid, int Score)> Of(int row) => _entries.AsSpan(row * _capacity, _counts[row]);

    private void Grow()
    {
        var larger = new (int, int)[2 * _capacity * IntegerDots.Rows];
        for (int row = 0; row < IntegerDots.Rows; row++)
        {
            _entries.AsSpan(row * _capacity, _counts[row]).CopyTo(larger.AsSpan(2 * row * _capacity));
        }

        (_entries, _capacity) = (larger, 2 * _capacity);
    }
}
