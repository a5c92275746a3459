using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>The token of a passage that answered a token of the query.</summary>
/// <param name="PassageToken">Ordinal of the passage's token vector.</param>
/// <param name="Similarity">Its cosine with the query's token vector: the part of the score that this query token brought.</param>
public readonly record struct TokenMatch(int PassageToken, float Similarity);

/// <summary>Why a passage has its score: for each query token the passage token with the highest cosine. The similarities sum to the exact score.</summary>
public static class TokenAlignment
{
    /// <summary>Matches of a passage of <paramref name="snapshot"/>, one for each row of <paramref name="query"/>; equal cosines go to the earlier token. An unknown or dead passage is an error.</summary>
    public static TokenMatch[] Of(IndexSnapshot snapshot, TokenMatrix query, string passage)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(query);
        if (query.Columns != snapshot.Identity.Dimension)
        {
            Throw.QueryDimension(query.Columns, snapshot.Identity.Dimension);
        }

        snapshot.Enter();
        try
        {
            foreach (Segment segment in snapshot.Segments)
            {
                int number = segment.Find(passage);
                if (number >= 0 && !segment.IsDead(number))
                {
                    return Match(query, segment, snapshot.Codecs[segment.CodecIndex], number);
                }
            }
        }
        finally
        {
            snapshot.Leave();
        }

        Throw.UnknownPassage(passage);
        return [];
    }

    /// <summary>Token vectors that a passage has.</summary>
    public static int TokensOf(IndexSnapshot snapshot, string passage)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        snapshot.Enter();
        try
        {
            foreach (Segment segment in snapshot.Segments)
            {
                int number = segment.Find(passage);
                if (number >= 0 && !segment.IsDead(number))
                {
                    return (int)(segment.Starts[number + 1] - segment.Starts[number]);
                }
            }
        }
        finally
        {
            snapshot.Leave();
        }

        Throw.UnknownPassage(passage);
        return 0;
    }

    private static TokenMatch[] Match(TokenMatrix query, Segment segment, ResidualCodec codec, int passage)
    {
        var best = new TokenMatch[query.Rows];
        Array.Fill(best, new TokenMatch(-1, float.NegativeInfinity));
        long first = segment.Starts[passage];
        int count = (int)(segment.Starts[passage + 1] - first);
        ReadOnlySpan<byte> rows = segment.Rows(first, count);
        ReadOnlySpan<ushort> codes = segment.Codes(first, count);
        byte[] scratch = new byte[codec.Dimension];
        float[] vector = new float[codec.Dimension];
        for (int token = 0; token < count; token++)
        {
            if (codes[token] >= codec.Count)
            {
                Throw.Corrupt(segment.Path, BlockFormat.Name(SectionId.Codes), (first + token) * sizeof(ushort), $"centroid {codes[token]} of {codec.Count}");
            }

            codec.Decompress(codes[token], rows.Slice(token * segment.RowBytes, segment.RowBytes), scratch, vector);
            for (int row = 0; row < query.Rows; row++)
            {
                float similarity = System.Numerics.Tensors.TensorPrimitives.Dot(query.Row(row), vector);
                if (similarity > best[row].Similarity)
                {
                    best[row] = new TokenMatch(token, similarity);
                }
            }
        }

        return best;
    }
}
