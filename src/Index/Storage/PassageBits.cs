namespace Jmlr.Index.Storage;

/// <summary>Bitmaps over passages, one bit each, the lowest first.</summary>
static class PassageBits
{
    /// <summary>Whether the bit of a passage is set.</summary>
    internal static bool Has(ReadOnlySpan<ulong> bits, int passage) => ((bits[passage >> 6] >> (passage & 63)) & 1) != 0;
}
