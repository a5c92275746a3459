namespace Jmlr.Models.Weights;

/// <summary>The packed 6-bit scales and minima of Q4_K and Q5_K.</summary>
public static class KScales
{
    /// <summary>Scale and minimum of group <paramref name="j"/> (0 to 7) from the 12 packed bytes.</summary>
    public static (int Scale, int Minimum) Unpack(ReadOnlySpan<byte> packed, int j) => j < 4
        ? (packed[j] & 63, packed[j + 4] & 63)
        : ((packed[j + 4] & 15) | (packed[j - 4] >> 6 << 4), (packed[j + 4] >> 4) | (packed[j] >> 6 << 4));
}
