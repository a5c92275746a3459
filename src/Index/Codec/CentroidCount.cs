using System.Numerics;

namespace Jmlr.Index.Codec;

/// <summary>How many centroids a collection gets.</summary>
static class CentroidCount
{
    /// <summary>Codes are 16 bits wide.</summary>
    internal const int Largest = 65_536;

    /// <summary>
    /// 2^floor(log2(16 sqrt(tokens))) (colbert-ai <c>collection_indexer.py</c>), for small collections no more than one centroid for 32
    /// tokens, but 16 where there are as many tokens.
    /// </summary>
    internal static int For(long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        long rule = PowerOfTwoUpTo((long)(16 * Math.Sqrt(tokens)));
        long cap = Math.Max(PowerOfTwoUpTo(Math.Max(tokens / 32, 1)), 16);
        return (int)Math.Min(Math.Min(Math.Min(rule, cap), Largest), PowerOfTwoUpTo(tokens));
    }

    private static long PowerOfTwoUpTo(long value) => 1L << BitOperations.Log2((ulong)value);
}
