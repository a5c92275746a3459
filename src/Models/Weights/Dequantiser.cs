using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Jmlr.Models.Weights;

/// <summary>
/// Widens stored tensors to fp32. Every element has one rounding at most, so the result is bit-identical to ggml's (<c>ggml-quants.c</c>) in any order.
/// Not a hot path: the executor keeps quantised weights quantised.
/// </summary>
public static class Dequantiser
{
    /// <summary>Converts whole blocks, exactly as many as fill the destination; false when the type is not a number type that widens to fp32.</summary>
    public static bool TryConvert(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        if (destination.Length % TensorTypes.BlockSize(type) != 0 || source.Length != TensorTypes.ByteLength(type, destination.Length))
        {
            Throw.WrongBlocks(type, source.Length, destination.Length);
        }

        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                return true;
            case TensorType.F64:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(i * 8)..]);
                }

                return true;
            case TensorType.F16:
                HalfFloats.Widen(MemoryMarshal.Cast<byte, ushort>(source), destination);
                return true;
            case TensorType.BF16:
                HalfFloats.WidenBrain(MemoryMarshal.Cast<byte, ushort>(source), destination);
                return true;
            case TensorType.Q4_0 or TensorType.Q4_1 or TensorType.Q5_0 or TensorType.Q5_1 or TensorType.Q8_0:
                Blocks32(type, source, destination);
                return true;
            case TensorType.Q4_K or TensorType.Q5_K or TensorType.Q6_K or TensorType.Q2_K or TensorType.Q3_K or TensorType.IQ4_NL or TensorType.IQ4_XS:
                OtherBlocks(type, source, destination);
                return true;
            default:
                return false;
        }
    }

    private static void Blocks32(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        int bytes = TensorTypes.BlockBytes(type);
        for (int at = 0; at < destination.Length; at += 32, source = source[bytes..])
        {
            float d = HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(source));
            Span<float> y = destination.Slice(at, 32);
            if (type == TensorType.Q8_0)
            {
                for (int j = 0; j < 32; j++)
                {
                    y[j] = d * (sbyte)source[2 + j];
                }

                continue;
            }

            bool affine = type is TensorType.Q4_1 or TensorType.Q5_1;
            bool five = type is TensorType.Q5_0 or TensorType.Q5_1;
            float m = affine ? HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(source[2..])) : 0;
            int header = affine ? 4 : 2;
            uint high = five ? BinaryPrimitives.ReadUInt32LittleEndian(source[header..]) : 0;
            ReadOnlySpan<byte> nibbles = source.Slice(header + (five ? 4 : 0), 16);
            int centre = affine ? 0 : five ? 16 : 8;
            for (int j = 0; j < 16; j++)
            {
                int low = (nibbles[j] & 15) | (int)(((high >> j) & 1) << 4);
                int upper = (nibbles[j] >> 4) | (int)(((high >> (j + 16)) & 1) << 4);
                y[j] = affine ? (low * d) + m : (low - centre) * d;
                y[j + 16] = affine ? (upper * d) + m : (upper - centre) * d;
            }
        }
    }

    private static void OtherBlocks(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        int bytes = TensorTypes.BlockBytes(type), elements = TensorTypes.BlockSize(type);
        for (int at = 0; at < destination.Length; at += elements, source = source[bytes..])
        {
            Span<float> y = destination.Slice(at, elements);
            switch (type)
            {
                case TensorType.Q6_K:
                    SixBits(source, y);
                    break;
                case TensorType.Q2_K:
                    LowBitBlocks.Two(source, y);
                    break;
                case TensorType.Q3_K:
                    LowBitBlocks.Three(source, y);
                    break;
                case TensorType.IQ4_NL:
                    LowBitBlocks.Table32(source, y);
                    break;
                case TensorType.IQ4_XS:
                    LowBitBlocks.Table256(source, y);
                    break;
                default:
                    FourOrFiveBits(type == TensorType.Q5_K, source, y);
                    break;
            }
        }
    }

    // fp16 d, fp16 dmin, 12 bytes of 6-bit (scale, min) pairs, [32 bytes of fifth bits], 128 bytes of nibbles
    private static void FourOrFiveBits(bool five, ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(block));
        float dmin = HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(block[2..]));
        ReadOnlySpan<byte> scales = block.Slice(4, 12);
        ReadOnlySpan<byte> high = five ? block.Slice(16, 32) : [];
        ReadOnlySpan<byte> nibbles = block.Slice(five ? 48 : 16, 128);
        for (int pair = 0; pair < 4; pair++)
        {
            (int scale0, int min0) = KScales.Unpack(scales, 2 * pair);
            (int scale1, int min1) = KScales.Unpack(scales, (2 * pair) + 1);
            float d0 = d * scale0, m0 = dmin * min0, d1 = d * scale1, m1 = dmin * min1;
            for (int l = 0; l < 32; l++)
            {
                byte q = nibbles[(pair * 32) + l];
                int low = q & 15, upper = q >> 4;
                if (five)
                {
                    low |= ((high[l] >> (2 * pair)) & 1) << 4;
                    upper |= ((high[l] >> ((2 * pair) + 1)) & 1) << 4;
                }

                y[(pair * 64) + l] = (d0 * low) - m0;
                y[(pair * 64) + 32 + l] = (d1 * upper) - m1;
            }
        }
    }

    // 128 bytes of low nibbles, 64 bytes of high pairs, 16 int8 scales, fp16 d
    private static void SixBits(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(block[208..]));
        for (int half = 0; half < 2; half++)
        {
            ReadOnlySpan<byte> ql = block.Slice(half * 64, 64), qh = block.Slice(128 + (half * 32), 32), scales = block.Slice(192 + (half * 8), 8);
            Span<float> part = y.Slice(half * 128, 128);
            for (int l = 0; l < 32; l++)
            {
                int s = l / 16;
                part[l] = d * (sbyte)scales[s] * (((ql[l] & 15) | ((qh[l] & 3) << 4)) - 32);
                part[l + 32] = d * (sbyte)scales[s + 2] * (((ql[l + 32] & 15) | (((qh[l] >> 2) & 3) << 4)) - 32);
                part[l + 64] = d * (sbyte)scales[s + 4] * (((ql[l] >> 4) | (((qh[l] >> 4) & 3) << 4)) - 32);
                part[l + 96] = d * (sbyte)scales[s + 6] * (((ql[l + 32] >> 4) | (((qh[l] >> 6) & 3) << 4)) - 32);
            }
        }
    }
}
