namespace Jmlr.Llm.Generation;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): the same seed gives the same draws on every machine and runtime.</summary>
struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number in [0, 1).</summary>
    internal double NextDouble()
    {
        ulong z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
