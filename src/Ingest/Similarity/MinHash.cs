using System.Runtime.Intrinsics;
using Jmlr.Models.Randomness;

namespace Jmlr.Ingest.Similarity;

/// <summary>MinHash (Broder 1997): of each of many hash functions, the least value over a set. The share of equal minima of two sets is about the share of their union that they have in common.</summary>
static class MinHash
{
    /// <summary>Number of hash functions: the estimate has a standard deviation of at most 1 / (2 sqrt(128)) = 0.044.</summary>
    public const int Functions = 128;

    private static readonly (ulong[] Factors, ulong[] Terms) Hashes = Draw();

    /// <summary>The minima of the first functions, as many as there is room for (a multiple of 8).</summary>
    public static void Minima(ReadOnlySpan<ulong> set, Span<uint> minima)
    {
        for (int at = 0; at < minima.Length; at += Vector512<ulong>.Count)
        {
            (Vector512<ulong> factors, Vector512<ulong> terms) = (Vector512.Create<ulong>(Hashes.Factors.AsSpan(at)), Vector512.Create<ulong>(Hashes.Terms.AsSpan(at)));
            Vector512<ulong> least = Vector512<ulong>.AllBitsSet;
            foreach (ulong value in set)
            {
                least = Vector512.Min(least, (Vector512.Create(value) * factors) + terms);
            }

            // The least of the high halves is the high half of the least.
            for (int i = 0; i < Vector512<ulong>.Count; i++)
            {
                minima[at + i] = (uint)(least[i] >> 32);
            }
        }
    }

    /// <summary>The same, one by one: what <see cref="Minima"/> is checked against.</summary>
    internal static void MinimaScalar(ReadOnlySpan<ulong> set, Span<uint> minima)
    {
        minima.Fill(uint.MaxValue);
        for (int i = 0; i < minima.Length; i++)
        {
            foreach (ulong value in set)
            {
                minima[i] = Math.Min(minima[i], (uint)(((value * Hashes.Factors[i]) + Hashes.Terms[i]) >> 32));
            }
        }
    }

    private static (ulong[], ulong[]) Draw()
    {
        SplitMix64 random = new(1997);
        (ulong[] factors, ulong[] terms) = (new ulong[Functions], new ulong[Functions]);
        for (int i = 0; i < Functions; i++)
        {
            (factors[i], terms[i]) = (random.Next() | 1, random.Next());
        }

        return (factors, terms);
    }
}
