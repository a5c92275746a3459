namespace Jmlr.Index.Codec;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): a fixed sequence of our own, so that a build does not depend on the runtime's generator.</summary>
struct SampleRandom(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>An integer in [0, bound).</summary>
    internal int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Hash of a passage id (FNV-1a over UTF-16 units, then mixed): who is in the sample depends on the id alone.</summary>
    internal static ulong Hash(string id, ulong seed)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char unit in id)
        {
            hash = (hash ^ unit) * 0x100000001B3;
        }

        return new SampleRandom(hash ^ seed).Next();
    }
}
