namespace Jmlr.Index.Codec;

/// <summary>
/// The layout of colbert-ai (<c>codecs/residual.py</c>, <c>packbits</c>): dimensions in order, the bits of a code least significant first, the
/// first bit of a byte being bit 7. fast-plaid uses the same.
/// </summary>
static class ColbertPacking
{
    /// <summary>Packs one row of codes [dim].</summary>
    internal static void Pack(ReadOnlySpan<byte> codes, int bits, Span<byte> row)
    {
        int perByte = 8 / bits;
        for (int i = 0; i < row.Length; i++)
        {
            int value = 0;
            for (int k = 0; k < perByte; k++)
            {
                value = (value << bits) | Reverse(codes[(i * perByte) + k], bits);
            }

            row[i] = (byte)value;
        }
    }

    /// <summary>Unpacks one row into codes [dim].</summary>
    internal static void Unpack(ReadOnlySpan<byte> row, int bits, Span<byte> codes)
    {
        int perByte = 8 / bits, mask = (1 << bits) - 1;
        for (int i = 0; i < row.Length; i++)
        {
            for (int k = 0; k < perByte; k++)
            {
                codes[(i * perByte) + k] = (byte)Reverse((row[i] >> (8 - bits - (k * bits))) & mask, bits);
            }
        }
    }

    private static int Reverse(int code, int bits)
    {
        int reversed = 0;
        for (int bit = 0; bit < bits; bit++)
        {
            reversed = (reversed << 1) | ((code >> bit) & 1);
        }

        return reversed;
    }
}
