using System.Numerics;
using System.Runtime.Intrinsics;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Search;

/// <summary>
/// The nearest centroids of each row of a query, of the centroids that one worker scored. Equal scores go to the lower centroid,
/// so it makes no difference which worker saw which part.
/// </summary>
sealed unsafe class Probes
{
    private float[] _scores = []; // [blocks, 32, probes], a heap a row with its worst first
    private int[] _centroids = [];
    private float[] _least = []; // [blocks, 32]: what a score must exceed
    private int _count;

    /// <summary>Starts anew for a query.</summary>
    internal void Begin(PreparedQuery query, int probes)
    {
        int padded = query.Blocks * IntegerDots.Rows;
        _count = probes;
        if (_scores.Length < padded * probes)
        {
            _scores = new float[padded * probes];
            _centroids = new int[padded * probes];
        }

        if (_least.Length < padded)
        {
            _least = new float[padded];
        }

        _scores.AsSpan(0, padded * probes).Fill(float.NegativeInfinity);
        _least.AsSpan(0, query.Rows).Fill(float.NegativeInfinity);
        _least.AsSpan(query.Rows, padded - query.Rows).Fill(float.PositiveInfinity); // rows that are padding
    }

    /// <summary>Looks at the <paramref name="scores"/> [count, 32] of centroids [first, first + count), which come after all that a block's rows have looked at before.</summary>
    internal void Look(PreparedQuery query, int block, int first, int count, float* scores)
    {
        int rows = query.RowsOf(block);
        fixed (float* allLeast = _least)
        {
            float* least = allLeast + (block * IntegerDots.Rows);
            for (int c = first; c < first + count; c++, scores += IntegerDots.Rows)
            {
                // After the first centroids hardly one is nearer than what a row has.
                uint nearer = (uint)Vector512.GreaterThan(Vector512.Load(scores), Vector512.Load(least)).ExtractMostSignificantBits();
                if (rows > IntegerDots.HalfRows)
                {
                    nearer |= (uint)Vector512.GreaterThan(Vector512.Load(scores + 16), Vector512.Load(least + 16)).ExtractMostSignificantBits() << 16;
                }

                for (; nearer != 0; nearer &= nearer - 1)
                {
                    int row = BitOperations.TrailingZeroCount(nearer);
                    Replace((block * IntegerDots.Rows) + row, scores[row], c);
                }
            }
        }
    }

    /// <summary>Takes what another worker found into the account.</summary>
    internal void Add(Probes other, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = row * _count; i < (row + 1) * _count; i++)
            {
                if (IsWorse(_scores[row * _count], _centroids[row * _count], other._scores[i], other._centroids[i]))
                {
                    Replace(row, other._scores[i], other._centroids[i]);
                }
            }
        }
    }

    /// <summary>Puts the centroids of every row in order, the nearest first. The last step: then they can be read, but no more be added to.</summary>
    internal void Sort(int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            Span<float> scores = _scores.AsSpan(row * _count, _count);
            Span<int> centroids = _centroids.AsSpan(row * _count, _count);
            for (int i = 1; i < _count; i++)
            {
                (float score, int centroid, int at) = (scores[i], centroids[i], i);
                for (; at > 0 && IsWorse(scores[at - 1], centroids[at - 1], score, centroid); at--)
                {
                    (scores[at], centroids[at]) = (scores[at - 1], centroids[at - 1]);
                }

                (scores[at], centroids[at]) = (score, centroid);
            }
        }
    }

    /// <summary>Scores of a row's centroids, after <see cref="Sort"/>.</summary>
    internal ReadOnlySpan<float> Scores(int row) => _scores.AsSpan(row * _count, _count);

    /// <summary>A row's centroids, after <see cref="Sort"/>.</summary>
    internal ReadOnlySpan<int> Centroids(int row) => _centroids.AsSpan(row * _count, _count);

    private static bool IsWorse(float score, int centroid, float thanScore, int thanCentroid) => score < thanScore || (score == thanScore && centroid > thanCentroid);

    /// <summary>Puts a score in the place of the worst of a row's heap.</summary>
    private void Replace(int row, float score, int centroid)
    {
        Span<float> scores = _scores.AsSpan(row * _count, _count);
        Span<int> centroids = _centroids.AsSpan(row * _count, _count);
        int at = 0;
        for (int child; (child = (2 * at) + 1) < _count; at = child)
        {
            child += child + 1 < _count && IsWorse(scores[child + 1], centroids[child + 1], scores[child], centroids[child]) ? 1 : 0;
            if (!IsWorse(scores[child], centroids[child], score, centroid))
            {
                break;
            }

            (scores[at], centroids[at]) = (scores[child], centroids[child]);
        }

        (scores[at], centroids[at]) = (score, centroid);
        _least[row] = scores[0];
    }
}
