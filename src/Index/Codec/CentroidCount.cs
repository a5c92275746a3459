using System.Numerics;

namespace Jmlr.Index.Codec;

/// <summary>How many centroids a collection gets.</summary>
static class CentroidCount
{
    /// <summary>Codes are 16 bits wide.</summary>
    internal const int Largest = 65_536;

    private const int Few = 64; // so many may be closer together: they take kilobytes

    /// <summary>
    /// 2^floor(log2(16 sqrt(tokens))) (colbert-ai <c>collection_indexer.py</c>), for small collections no more than one centroid for 96
    /// tokens, so that the centroids themselves take less than 3 bytes a token at 128 dimensions. Up to 64 one for 32 tokens, and 16 where there are as many tokens.
    /// </summary>
    internal static int For(long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        long rule = PowerOfTwoUpTo((long)(16 * Math.Sqrt(tokens)));
        long few = Math.Clamp(PowerOfTwoUpTo(Math.Max(tokens / 32, 1)), 16, Few);
        long cap = Math.Max(PowerOfTwoUpTo(Math.Max(tokens / 96, 1)), few);
        return (int)Math.Min(Math.Min(Math.Min(rule, cap), Largest), PowerOfTwoUpTo(tokens));
    }

    private static long PowerOfTwoUpTo(long value) => 1L << BitOperations.Log2((ulong)value);
}
