using System.Runtime.CompilerServices;

namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>The printable characters that byte-level vocabularies write bytes with (source: bytes_to_unicode of GPT-2's encoder.py).</summary>
static class ByteAlphabet
{
    private const int Size = 256 + 68; // the 68 bytes without a printable character of their own follow after U+00FF
    private static readonly short[] s_byteOf = Build();

    /// <summary>Writes the bytes of a token; -1 when it has a character outside the alphabet, else their number (at most one a character).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Decode(ReadOnlySpan<char> token, Span<byte> bytes)
    {
        short[] table = s_byteOf;
        for (int i = 0; i < token.Length; i++)
        {
            char unit = token[i];
            if (unit >= table.Length || table[unit] < 0)
            {
                return -1;
            }

            bytes[i] = (byte)table[unit];
        }

        return token.Length;
    }

    private static short[] Build()
    {
        short[] table = new short[Size];
        Array.Fill(table, (short)-1);
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            table[printable ? value : next++] = (short)value;
        }

        return table;
    }
}
