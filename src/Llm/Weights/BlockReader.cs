using System.Buffers.Binary;
using Jmlr.Llm.Matrices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Weights;

/// <summary>Brings a block of 32 weights of any type to unsigned quants with a scale and, where there is one, a minimum (block layouts: ggml <c>ggml-common.h</c>).</summary>
sealed class BlockReader
{
    private readonly byte[] _quants = new byte[TileFormats.Block];

    /// <summary>fp16 bits.</summary>
    internal ushort Scale { get; private set; }

    /// <summary>fp16 bits; 0 when the layout has none.</summary>
    internal ushort Minimum { get; private set; }

    /// <summary>Quants, with an offset of 128 where there is no minimum.</summary>
    internal ReadOnlySpan<byte> Quants => _quants;

    /// <summary>True for the types that <see cref="Read"/> takes; the others are widened and quantised anew.</summary>
    internal static bool Reads(TensorType type) => type is TensorType.Q5_0 or TensorType.Q5_1 or TensorType.Q4_K or TensorType.Q5_K or TensorType.IQ4_NL or TensorType.IQ4_XS;

    /// <summary>Reads block <paramref name="b"/> of a stored row.</summary>
    internal void Read(TensorType type, ReadOnlySpan<byte> row, int b)
    {
        int bytes = TensorTypes.BlockBytes(type);
        if (type is TensorType.Q5_0 or TensorType.Q5_1)
        {
            Five(type == TensorType.Q5_1, row.Slice(b * bytes, bytes));
        }
        else if (type == TensorType.IQ4_NL)
        {
            Table(BinaryPrimitives.ReadUInt16LittleEndian(row[(b * bytes)..]), row.Slice((b * bytes) + 2, 16));
        }
        else if (type == TensorType.IQ4_XS)
        {
            ReadOnlySpan<byte> block = row.Slice(b / 8 * bytes, bytes);
            Table(HalfFloats.Narrow(HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(block)) * LowBitBlocks.GroupScale(block, b % 8)), block.Slice(8 + (b % 8 * 16), 16));
        }
        else
        {
            Super(type == TensorType.Q5_K, row.Slice(b / 8 * bytes, bytes), b % 8);
        }
    }

    /// <summary>Quantises to 8 bits as ggml's Q8_0: d = max |x| / 127.</summary>
    internal void Quantise(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = float.IsNaN(value) ? float.PositiveInfinity : MathF.Max(largest, MathF.Abs(value));
        }

        Minimum = 0;
        Scale = HalfFloats.Narrow(largest / 127);
        if (!float.IsFinite(largest))
        {
            return;
        }

        float inverse = largest > 0 ? 127 / largest : 0;
        for (int k = 0; k < _quants.Length; k++)
        {
            _quants[k] = (byte)(128 + (int)MathF.Round(values[k] * inverse));
        }
    }

    private void Five(bool minimum, ReadOnlySpan<byte> block)
    {
        Scale = BinaryPrimitives.ReadUInt16LittleEndian(block);
        Minimum = minimum ? BinaryPrimitives.ReadUInt16LittleEndian(block[2..]) : (ushort)0;
        block = block[(minimum ? 4 : 2)..];
        uint high = BinaryPrimitives.ReadUInt32LittleEndian(block);
        int offset = minimum ? 0 : 128 - 16;
        for (int j = 0; j < 16; j++)
        {
            byte pair = block[4 + j];
            _quants[j] = (byte)(((pair & 15) | (int)((high >> j) & 1) << 4) + offset);
            _quants[j + 16] = (byte)(((pair >> 4) | (int)((high >> (j + 16)) & 1) << 4) + offset);
        }
    }

    // Levels of a table of 8-bit numbers are 8-bit quants as they are.
    private void Table(ushort scale, ReadOnlySpan<byte> nibbles)
    {
        (Scale, Minimum) = (scale, 0);
        for (int j = 0; j < 16; j++)
        {
            _quants[j] = (byte)(128 + LowBitBlocks.Levels[nibbles[j] & 15]);
            _quants[j + 16] = (byte)(128 + LowBitBlocks.Levels[nibbles[j] >> 4]);
        }
    }

    private void Super(bool five, ReadOnlySpan<byte> block, int group)
    {
        (int scale, int minimum) = KScales.Unpack(block.Slice(4, 12), group);
        Scale = HalfFloats.Narrow(HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(block)) * scale);
        Minimum = HalfFloats.Narrow(-HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(block[2..])) * minimum);
        ReadOnlySpan<byte> nibbles = block.Slice((five ? 48 : 16) + (group / 2 * 32), 32);
        for (int k = 0; k < 32; k++)
        {
            int q = group % 2 == 0 ? nibbles[k] & 15 : nibbles[k] >> 4;
            _quants[k] = (byte)(five ? q | (((block[16 + k] >> group) & 1) << 4) : q);
        }
    }
}
