using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Search;

/// <summary>MaxSim in double over the decompressed vectors: what the searcher must equal.</summary>
static class BruteForce
{
    internal static List<(string Id, double Score)> Rank(IndexSnapshot snapshot, TokenMatrix query, Func<string, bool>? allow = null)
    {
        var ranked = new List<(string Id, double Score)>();
        foreach (Segment segment in snapshot.Segments)
        {
            ResidualCodec codec = snapshot.Codecs[segment.CodecIndex];
            for (int passage = 0; passage < segment.Entry.Passages; passage++)
            {
                if (!segment.IsDead(passage) && (allow is null || allow(segment.Id(passage))))
                {
                    ranked.Add((segment.Id(passage), Score(segment, codec, passage, query)));
                }
            }
        }

        ranked.Sort((a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : string.CompareOrdinal(a.Id, b.Id));
        return ranked;
    }

    private static double Score(Segment segment, ResidualCodec codec, int passage, TokenMatrix query)
    {
        byte[] codes = new byte[codec.Dimension];
        double[] vector = new double[codec.Dimension], best = new double[query.Rows];
        Array.Fill(best, double.NegativeInfinity);
        for (long token = segment.Starts[passage]; token < segment.Starts[passage + 1]; token++)
        {
            int code = segment.Codes(token, 1)[0];
            PlanePacking.Unpack(segment.Rows(token, 1), codec.Bits, codes);
            double square = 0;
            for (int d = 0; d < vector.Length; d++)
            {
                vector[d] = (double)codec.Centroid(code)[d] + codec.Weights[codes[d]];
                square += vector[d] * vector[d];
            }

            for (int row = 0; row < query.Rows; row++)
            {
                double sum = 0;
                for (int d = 0; d < vector.Length; d++)
                {
                    sum += vector[d] * query.Row(row)[d];
                }

                best[row] = Math.Max(best[row], sum / Math.Sqrt(square));
            }
        }

        return best.Sum();
    }
}
