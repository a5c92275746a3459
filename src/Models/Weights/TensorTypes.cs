namespace Jmlr.Models.Weights;

/// <summary>Sizes of stored types.</summary>
public static class TensorTypes
{
    /// <summary>Elements of one block: 1 for plain types, 32 or 256 for quantised ones.</summary>
    public static int BlockSize(TensorType type) => type switch
    {
        TensorType.Q4_0 or TensorType.Q4_1 or TensorType.Q5_0 or TensorType.Q5_1 or TensorType.Q8_0 or TensorType.IQ4_NL => 32,
        TensorType.Q2_K or TensorType.Q3_K or TensorType.Q4_K or TensorType.Q5_K or TensorType.Q6_K or TensorType.IQ4_XS => 256,
        _ => 1,
    };

    /// <summary>Bytes of one block (ggml <c>ggml-common.h</c>).</summary>
    public static int BlockBytes(TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 => 8,
        TensorType.F32 or TensorType.I32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
        TensorType.I8 or TensorType.U8 or TensorType.Bool => 1,
        TensorType.Q4_0 or TensorType.IQ4_NL => 18,
        TensorType.Q4_1 => 20,
        TensorType.Q5_0 => 22,
        TensorType.Q5_1 => 24,
        TensorType.Q8_0 => 34,
        TensorType.Q2_K => 84,
        TensorType.Q3_K => 110,
        TensorType.IQ4_XS => 136,
        TensorType.Q4_K => 144,
        TensorType.Q5_K => 176,
        TensorType.Q6_K => 210,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Bytes of <paramref name="elements"/> elements; they must fill whole blocks. Overflow throws.</summary>
    public static long ByteLength(TensorType type, long elements) => checked(elements / BlockSize(type) * BlockBytes(type));

    /// <summary>Whether values of the type widen to fp32: all but integers and booleans.</summary>
    public static bool IsFloat(TensorType type) => type is not (TensorType.I64 or TensorType.I32 or TensorType.I16 or TensorType.I8 or TensorType.U8 or TensorType.Bool);

    /// <summary>Product of the dimensions, or null when one is negative or the product does not fit 63 bits.</summary>
    internal static long? ElementCount(ReadOnlySpan<long> shape)
    {
        UInt128 product = 1;
        bool empty = false;
        foreach (long size in shape)
        {
            if (size < 0)
            {
                return null;
            }

            // A zero must not hide an overflow of the others.
            empty |= size == 0;
            product *= size == 0 ? 1 : (UInt128)size;
            if (product > long.MaxValue)
            {
                return null;
            }
        }

        return empty ? 0 : (long)product;
    }
}
