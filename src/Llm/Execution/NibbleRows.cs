using Jmlr.Models.Weights;

namespace Jmlr.Llm.Execution;

/// <summary>4-bit keys and values: x = d (q - 8) per block of 32 as in Q4_0. Byte j of a row of n elements holds elements j (low) and j + n / 2.</summary>
static unsafe class NibbleRows
{
    private const ulong Low = 0x0F0F_0F0F_0F0F_0F0F, Top = 0x8080_8080_8080_8080, Eight = 0x0808_0808_0808_0808;

    /// <summary>Widens <paramref name="rows"/> rows of <paramref name="length"/> elements (a multiple of 16) to signed bytes.</summary>
    internal static void Unpack(byte* from, sbyte* to, int rows, int length)
    {
        int half = length / 2;
        for (int row = 0; row < rows; row++, from += half, to += length)
        {
            for (int j = 0; j < half; j += 8)
            {
                ulong pairs = *(ulong*)(from + j);
                *(ulong*)(to + j) = Signed(pairs & Low);
                *(ulong*)(to + half + j) = Signed((pairs >> 4) & Low);
            }
        }
    }

    /// <summary>Quantises one block; returns the scale as fp16. The value of the largest magnitude gets -8, as ggml does.</summary>
    internal static ushort Quantise(ReadOnlySpan<float> block, Span<byte> quants)
    {
        float extreme = 0;
        foreach (float value in block)
        {
            extreme = MathF.Abs(value) > MathF.Abs(extreme) ? value : extreme;
        }

        ushort scale = HalfFloats.Narrow(Math.Clamp(extreme / -8, -65504f, 65504f));
        float d = HalfFloats.Widen(scale), inverse = d == 0 ? 0 : 1 / d;
        for (int i = 0; i < block.Length; i++)
        {
            quants[i] = (byte)Math.Clamp((int)MathF.Round(block[i] * inverse) + 8, 0, 15);
        }

        return scale;
    }

    /// <summary>Puts element <paramref name="i"/> of a row of <paramref name="length"/>.</summary>
    internal static void Put(byte* row, int length, int i, byte quant)
    {
        int half = length / 2;
        byte* at = row + (i % half);
        *at = (byte)(i < half ? (*at & 0xF0) | quant : (*at & 0x0F) | (quant << 4));
    }

    // q - 8 in each byte: the top bit keeps a byte from borrowing of its neighbour.
    private static ulong Signed(ulong quants) => ((quants | Top) - Eight) ^ Top;
}
