using System.Buffers.Binary;

namespace Jmlr.Models.Weights;

/// <summary>Blocks of 2 and 3 bits, and those that look their levels up in a table (layouts: ggml <c>ggml-common.h</c>).</summary>
public static class LowBitBlocks
{
    /// <summary>The 16 levels of IQ4_NL and IQ4_XS.</summary>
    public static ReadOnlySpan<sbyte> Levels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Scale of group <paramref name="j"/> (0 to 7, 32 elements) of an IQ4_XS block, without the block's own: -32 to 31.</summary>
    public static int GroupScale(ReadOnlySpan<byte> block, int j) =>
        (((block[4 + (j / 2)] >> (j % 2 * 4)) & 15) | (((BinaryPrimitives.ReadUInt16LittleEndian(block[2..]) >> (2 * j)) & 3) << 4)) - 32;

    // 16 bytes of 4-bit (scale, min) pairs, 64 bytes of pairs of bits, fp16 d, fp16 dmin
    internal static void Two(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block[80..]), dmin = Half(block[82..]);
        for (int group = 0; group < 16; group++)
        {
            float scale = d * (block[group] & 15), minimum = dmin * (block[group] >> 4);
            ReadOnlySpan<byte> pairs = Pairs(block[16..], group);
            for (int l = 0; l < 16; l++)
            {
                y[(group * 16) + l] = (scale * PairOf(pairs[l], group)) - minimum;
            }
        }
    }

    // 32 bytes of third bits, 64 bytes of pairs of bits, 12 bytes of 6-bit scales, fp16 d
    internal static void Three(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block[108..]);
        ReadOnlySpan<byte> scales = block.Slice(96, 12);
        for (int group = 0; group < 16; group++)
        {
            int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4, high = (scales[8 + (group % 4)] >> (group / 4 * 2)) & 3;
            float scale = d * ((low | (high << 4)) - 32);
            ReadOnlySpan<byte> pairs = Pairs(block[32..], group), third = block.Slice(group % 2 * 16, 16);
            for (int l = 0; l < 16; l++)
            {
                y[(group * 16) + l] = scale * (PairOf(pairs[l], group) - (((third[l] >> (group / 2)) & 1) == 0 ? 4 : 0));
            }
        }
    }

    // fp16 d, 16 bytes of nibbles: element j low, element j + 16 high
    internal static void Table32(ReadOnlySpan<byte> block, Span<float> y) => Table(Half(block), block.Slice(2, 16), y);

    // fp16 d, 16 high pairs of the scales, 4 bytes of their low nibbles, 128 bytes of nibbles
    internal static void Table256(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block);
        for (int group = 0; group < 8; group++)
        {
            Table(d * GroupScale(block, group), block.Slice(8 + (group * 16), 16), y.Slice(group * 32, 32));
        }
    }

    private static void Table(float scale, ReadOnlySpan<byte> nibbles, Span<float> y)
    {
        for (int j = 0; j < 16; j++)
        {
            y[j] = scale * Levels[nibbles[j] & 15];
            y[j + 16] = scale * Levels[nibbles[j] >> 4];
        }
    }

    // Eight groups of 16 elements share 32 bytes: two bits each for four times 32 elements.
    private static ReadOnlySpan<byte> Pairs(ReadOnlySpan<byte> all, int group) => all.Slice((group / 8 * 32) + (group % 2 * 16), 16);

    private static int PairOf(byte pairs, int group) => (pairs >> (group % 8 / 2 * 2)) & 3;

    private static float Half(ReadOnlySpan<byte> bytes) => HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(bytes));
}
