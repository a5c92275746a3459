using System.Numerics;
using System.Runtime.Intrinsics;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Search;

/// <summary>The nearest centroids of each row of a query, found in one pass over the table of centroid scores.</summary>
sealed unsafe class Probes
{
    private float[] _scores = []; // [rows, probes], a heap a row with its least first
    private int[] _centroids = [];

    /// <summary>Sets the bit of every centroid that is among the <paramref name="probes"/> nearest of a row.</summary>
    internal void Find(PreparedQuery query, int codec, int centroids, int probes, ulong[] found)
    {
        Array.Clear(found);
        probes = Math.Min(probes, centroids);
        if (_scores.Length < IntegerDots.Rows * probes)
        {
            _scores = new float[IntegerDots.Rows * probes];
            _centroids = new int[IntegerDots.Rows * probes];
        }

        float* least = stackalloc float[IntegerDots.Rows];
        for (int block = 0; block < query.Blocks; block++)
        {
            int rows = Math.Min(IntegerDots.Rows, query.Rows - (block * IntegerDots.Rows));
            float* table = query.Table(codec, block);
            _scores.AsSpan().Fill(float.NegativeInfinity);
            new Span<float>(least, rows).Fill(float.NegativeInfinity);
            new Span<float>(least + rows, IntegerDots.Rows - rows).Fill(float.PositiveInfinity); // rows that are padding
            for (int c = 0; c < centroids; c++, table += IntegerDots.Rows)
            {
                for (int first = 0; first < IntegerDots.Rows; first += Vector256<float>.Count)
                {
                    // After the first centroids hardly one is nearer than what a row has.
                    uint nearer = Vector256.GreaterThan(Vector256.Load(table + first), Vector256.Load(least + first)).ExtractMostSignificantBits();
                    for (; nearer != 0; nearer &= nearer - 1)
                    {
                        int row = first + BitOperations.TrailingZeroCount(nearer);
                        least[row] = Replace(row * probes, probes, table[row], c);
                    }
                }
            }

            for (int i = 0; i < rows * probes; i++)
            {
                if (_scores[i] > float.NegativeInfinity)
                {
                    found[_centroids[i] >> 6] |= 1UL << (_centroids[i] & 63);
                }
            }
        }
    }

    /// <summary>Puts a score in the place of the least of a row's heap; returns the new least. Equal scores leave the earlier centroid in.</summary>
    private float Replace(int first, int count, float score, int centroid)
    {
        Span<float> scores = _scores.AsSpan(first, count);
        Span<int> centroids = _centroids.AsSpan(first, count);
        int at = 0;
        for (int child; (child = (2 * at) + 1) < count; at = child)
        {
            child += child + 1 < count && scores[child + 1] < scores[child] ? 1 : 0;
            if (scores[child] >= score)
            {
                break;
            }

            (scores[at], centroids[at]) = (scores[child], centroids[child]);
        }

        (scores[at], centroids[at]) = (score, centroid);
        return scores[0];
    }
}
