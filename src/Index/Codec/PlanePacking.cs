namespace Jmlr.Index.Codec;

/// <summary>
/// Our layout of residual codes: a row of dim * bits / 8 bytes; byte j holds dimension j in its lowest bits, dimension j + row length in the
/// next ones, and so on. One shift and mask gives consecutive dimensions, as a byte shuffle wants them.
/// </summary>
static class PlanePacking
{
    internal static int RowBytes(int dimension, int bits) => dimension * bits / 8;

    /// <summary>Packs one row of codes [dim].</summary>
    internal static void Pack(ReadOnlySpan<byte> codes, int bits, Span<byte> row)
    {
        int stride = row.Length;
        row.Clear();
        for (int plane = 0; plane < 8 / bits; plane++)
        {
            ReadOnlySpan<byte> part = codes.Slice(plane * stride, stride);
            for (int j = 0; j < part.Length; j++)
            {
                row[j] |= (byte)(part[j] << (plane * bits));
            }
        }
    }

    /// <summary>Unpacks one row into codes [dim].</summary>
    internal static void Unpack(ReadOnlySpan<byte> row, int bits, Span<byte> codes)
    {
        int stride = row.Length, mask = (1 << bits) - 1;
        for (int plane = 0; plane < 8 / bits; plane++)
        {
            Span<byte> part = codes.Slice(plane * stride, stride);
            for (int j = 0; j < part.Length; j++)
            {
                part[j] = (byte)((row[j] >> (plane * bits)) & mask);
            }
        }
    }
}
