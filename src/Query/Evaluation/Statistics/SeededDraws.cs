namespace Jmlr.Query.Evaluation.Statistics;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): intervals and p-values are the same on every machine.</summary>
struct SeededDraws(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        ulong z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    /// <summary>An integer in [0, bound).</summary>
    internal int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);
}
