using System.Runtime.InteropServices;

namespace Jmlr.Models.Weights;

/// <summary>
/// fp32 to stored weights. Plain: the bytes that ggml's reference quantisers give (<c>ggml-quants.c</c>, with multiply and add rounded separately).
/// Searched: the scale of each 4-bit block that leaves the smallest squared error, in the same layout.
/// </summary>
public static class Quantiser
{
    private const int Block = 32;

    /// <summary>True for the types that <see cref="Quantise"/> writes.</summary>
    public static bool Writes(TensorType type) =>
        type is TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.Q8_0 or TensorType.Q4_0 or TensorType.Q4_1;

    /// <summary>
    /// Writes <paramref name="values"/> (whole blocks) as <paramref name="type"/>; false when a value or a scale is not finite in it, and what is written then means nothing.
    /// </summary>
    public static bool Quantise(TensorType type, ReadOnlySpan<float> values, Span<byte> destination, bool search)
    {
        if (!Writes(type))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "not a type that is written");
        }

        if (values.Length % TensorTypes.BlockSize(type) != 0 || destination.Length != TensorTypes.ByteLength(type, values.Length))
        {
            Throw.WrongBlocks(type, destination.Length, values.Length);
        }

        bool finite = true;
        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.AsBytes(values).CopyTo(destination);
                foreach (float value in values)
                {
                    finite &= float.IsFinite(value);
                }

                return finite;
            case TensorType.F16:
            case TensorType.BF16:
                Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < values.Length; i++)
                {
                    halves[i] = type == TensorType.F16 ? HalfFloats.Narrow(values[i]) : Brain(values[i]);
                    finite &= float.IsFinite(type == TensorType.F16 ? HalfFloats.Widen(halves[i]) : BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
                }

                return finite;
        }

        int bytes = TensorTypes.BlockBytes(type);
        for (int b = 0; b < values.Length / Block; b++)
        {
            ReadOnlySpan<float> block = values.Slice(b * Block, Block);
            Span<byte> to = destination.Slice(b * bytes, bytes);
            finite &= type switch
            {
                TensorType.Q8_0 => Eight(block, to),
                TensorType.Q4_0 => Four(block, to, search),
                _ => FourMinimum(block, to, search),
            };
        }

        return finite;
    }

    private static bool Eight(ReadOnlySpan<float> x, Span<byte> to)
    {
        float largest = 0;
        bool finite = true;
        foreach (float value in x)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
            finite &= float.IsFinite(value);
        }

        float d = largest / 127, inverse = d == 0 ? 0 : 1 / d;
        finite &= Store(to, d);
        for (int i = 0; i < Block; i++)
        {
            // roundf: halves go away from zero.
            to[2 + i] = (byte)(sbyte)Math.Clamp(MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero), -127, 127);
        }

        return finite;
    }

    private static bool Four(ReadOnlySpan<float> x, Span<byte> to, bool search)
    {
        float largest = 0, signed = 0;
        bool finite = true;
        foreach (float value in x)
        {
            finite &= float.IsFinite(value);
            if (MathF.Abs(value) > largest)
            {
                (largest, signed) = (MathF.Abs(value), value);
            }
        }

        Span<byte> q = stackalloc byte[Block];
        float d = signed / -8;
        if (search && finite && largest > 0)
        {
            d = ScaleSearch.Symmetric(x, d, q);
        }
        else
        {
            float inverse = d == 0 ? 0 : 1 / d;
            for (int i = 0; i < Block; i++)
            {
                float scaled = x[i] * inverse;
                q[i] = (byte)Math.Clamp((int)(scaled + 8.5f), 0, 15);
            }
        }

        finite &= Store(to, d);
        Pack(q, to[2..]);
        return finite;
    }

    private static bool FourMinimum(ReadOnlySpan<float> x, Span<byte> to, bool search)
    {
        float min = float.MaxValue, max = float.MinValue;
        bool finite = true;
        foreach (float value in x)
        {
            finite &= float.IsFinite(value);
            (min, max) = (MathF.Min(min, value), MathF.Max(max, value));
        }

        Span<byte> q = stackalloc byte[Block];
        float d = (max - min) / 15;
        if (search && finite && d > 0)
        {
            (d, min) = ScaleSearch.Affine(x, min, max, q);
        }
        else
        {
            float inverse = d == 0 ? 0 : 1 / d;
            for (int i = 0; i < Block; i++)
            {
                float scaled = (x[i] - min) * inverse;
                q[i] = (byte)Math.Clamp((int)(scaled + 0.5f), 0, 15);
            }
        }

        finite &= Store(to, d) & Store(to[2..], min);
        Pack(q, to[4..]);
        return finite;
    }

    // Byte j holds elements j and j + 16.
    private static void Pack(ReadOnlySpan<byte> q, Span<byte> to)
    {
        for (int j = 0; j < Block / 2; j++)
        {
            to[j] = (byte)(q[j] | (q[j + 16] << 4));
        }
    }

    private static bool Store(Span<byte> to, float value)
    {
        ushort half = HalfFloats.Narrow(value);
        MemoryMarshal.Write(to, half);
        return (half & 0x7C00) != 0x7C00;
    }

    // To nearest even; a NaN stays one.
    private static ushort Brain(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
