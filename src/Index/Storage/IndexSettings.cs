using Jmlr.Index.Search;

namespace Jmlr.Index.Storage;

/// <summary>How an index is built.</summary>
public sealed record IndexSettings
{
    /// <summary>Upper bound of the tokens of one segment.</summary>
    internal const long MostSegmentTokens = 1 << 22;

    /// <summary>Bits for each dimension of a residual: 1, 2, 4 or 8.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>Worker threads; the bytes of the index do not depend on them.</summary>
    public int Threads { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Rounds of k-means.</summary>
    public int Iterations { get; init; } = 8;

    /// <summary>Seed of the sample and of k-means.</summary>
    public ulong Seed { get; init; } = 12_345;

    /// <summary>Buckets at the quantiles, as colbert-ai, instead of Lloyd-Max.</summary>
    public bool QuantileBuckets { get; init; }

    /// <summary>Tokens after which a new segment begins.</summary>
    internal long SegmentTokens { get; init; } = MostSegmentTokens;

    /// <summary>Tokens that must be coded badly before they get a codec of their own.</summary>
    internal long LeastDriftTokens { get; init; } = 16_384;

    /// <summary>Tokens above which the plan plaid is calibrated: up to there searches are exact.</summary>
    internal long LeastCalibratedTokens { get; init; } = PlaidDefaults.ExactTokens;

    /// <summary>Passages handed to the encoder at once; what was encoded is durable after each such batch.</summary>
    internal int EncodeBatch { get; init; } = 1024;

    internal static bool IsBits(int bits) => bits is 1 or 2 or 4 or 8;

    internal static bool IsDimension(int dimension) => dimension is >= 8 and <= 1024 && dimension % 8 == 0;

    internal void Demand(int dimension)
    {
        if (!IsBits(Bits))
        {
            Throw.BadSetting("the number of bits", Bits, "1, 2, 4 or 8");
        }

        if (!IsDimension(dimension))
        {
            Throw.BadSetting("the dimension of the retriever", dimension, "a multiple of 8 from 8 to 1024");
        }

        if (Threads < 1)
        {
            Throw.BadSetting("the number of threads", Threads, "1 or more");
        }

        if (Iterations is < 1 or > 1000)
        {
            Throw.BadSetting("the number of k-means rounds", Iterations, "1 to 1000");
        }
    }
}
