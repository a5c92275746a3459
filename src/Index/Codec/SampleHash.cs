using Jmlr.Models.Randomness;

namespace Jmlr.Index.Codec;

/// <summary>Who is in a training sample depends on the id of a passage alone.</summary>
static class SampleHash
{
    /// <summary>FNV-1a over the UTF-16 units of <paramref name="id"/>, then mixed.</summary>
    internal static ulong Of(string id, ulong seed)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char unit in id)
        {
            hash = (hash ^ unit) * 0x100000001B3;
        }

        return new SplitMix64(hash ^ seed).Next();
    }
}
