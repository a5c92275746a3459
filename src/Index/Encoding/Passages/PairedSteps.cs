using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>
/// What lies between the products of <see cref="PassageBert"/>, in fp32, with activations stored as bf16 in pairs: of every 32 columns, column i and column i + 16 share a word.
/// Two vectors of fp32 become one of pairs, and back, without moving anything across lanes; the products do not mind, because their weights are packed the same way.
/// </summary>
static unsafe class PairedSteps
{
    /// <summary>Widths are a multiple of this.</summary>
    internal const int Block = 32;

    private const int Half = Block / 2;

    /// <summary>bf16 in their usual order to fp32.</summary>
    internal static void Widen(ushort* source, int count, float* destination)
    {
        for (int i = 0; i < count; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }
    }

    /// <summary>Sum of three rows of bf16 in their usual order, in fp32.</summary>
    internal static void Sum(ushort* a, ushort* b, ushort* c, int width, float* destination)
    {
        for (int i = 0; i < width; i += Half)
        {
            (Widen(a + i) + Widen(b + i) + Widen(c + i)).Store(destination + i);
        }
    }

    private static Vector512<float> Widen(ushort* source) => (Avx512F.ConvertToVector512UInt32(Vector256.Load(source)) << 16).AsSingle();

    /// <summary>Two vectors of columns as bf16 pairs, to nearest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Pair(Vector512<float> low, Vector512<float> high)
    {
        Vector512<uint> round = Vector512.Create(0x8000u);
        return ((low.AsUInt32() + round) >> 16) | ((high.AsUInt32() + round) & Vector512.Create(0xFFFF0000u));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Low(Vector512<uint> pairs) => (pairs << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> High(Vector512<uint> pairs) => (pairs & Vector512.Create(0xFFFF0000u)).AsSingle();

    /// <summary>Pairs of values [rows, width] plus bias [width]; strides count elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddBias(float* values, int rows, int width, float* bias, ushort* destination, int stride)
    {
        for (int row = 0; row < rows; row++, values += width, destination += stride)
        {
            for (int i = 0; i < width; i += Block)
            {
                Pair(Vector512.Load(values + i) + Vector512.Load(bias + i), Vector512.Load(values + i + Half) + Vector512.Load(bias + i + Half)).Store((uint*)(destination + i));
            }
        }
    }

    /// <summary>Pairs of GELU of values [rows, width] plus bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Gelu(float* values, int rows, int width, float* bias, ushort* destination, int stride)
    {
        for (int row = 0; row < rows; row++, values += width, destination += stride)
        {
            for (int i = 0; i < width; i += Block)
            {
                Pair(Gelu(Vector512.Load(values + i) + Vector512.Load(bias + i)), Gelu(Vector512.Load(values + i + Half) + Vector512.Load(bias + i + Half))).Store((uint*)(destination + i));
            }
        }
    }

    /// <summary>
    /// x times the normal distribution function: x where it is positive, less |x| / 2 * erfc(|x| / sqrt 2); erfc after Abramowitz and Stegun 7.1.28, off by at most 3e-7, and a
    /// reciprocal of 14 bits: far finer than a bf16.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Gelu(Vector512<float> x)
    {
        // The coefficients are those of the book over sqrt(2)^n.
        Vector512<float> t = Vector512.Abs(x), p = Vector512.Create(5.382975e-6f);
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(4.8890636e-5f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(3.8003575e-5f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(3.2776263e-3f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(2.1141006e-2f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(4.9867347e-2f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512<float>.One);
        p *= p;
        p *= p;
        p *= p;
        p *= p; // infinite for large x, where the complement is 0
        return Vector512.FusedMultiplyAdd(t * Vector512.Create(-0.5f), Avx512F.Reciprocal14(p), Vector512.MaxNative(x, Vector512<float>.Zero));
    }

    /// <summary>Layer norm of each row of values [rows, width] plus bias plus residual (pairs), as pairs in the place of the residual. The values are overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddAndNormalise(float* values, int rows, int width, float* bias, ushort* residual, float* weight, float* shift, float epsilon)
    {
        for (int row = 0; row < rows; row++, values += width, residual += width)
        {
            for (int i = 0; i < width; i += Block)
            {
                Vector512<uint> pairs = Vector512.Load((uint*)(residual + i));
                (Vector512.Load(values + i) + Vector512.Load(bias + i) + Low(pairs)).Store(values + i);
                (Vector512.Load(values + i + Half) + Vector512.Load(bias + i + Half) + High(pairs)).Store(values + i + Half);
            }

            Normalise(values, width, weight, shift, epsilon, residual);
        }
    }

    /// <summary>Layer norm of one row, as pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Normalise(float* values, int width, float* weight, float* shift, float epsilon, ushort* destination)
    {
        Vector512<float> sum = default, sum2 = default, squares = default, squares2 = default;
        for (int i = 0; i < width; i += Block)
        {
            sum += Vector512.Load(values + i);
            sum2 += Vector512.Load(values + i + Half);
        }

        Vector512<float> mean = Vector512.Create(Vector512.Sum(sum + sum2) / width);
        for (int i = 0; i < width; i += Block)
        {
            Vector512<float> a = Vector512.Load(values + i) - mean, b = Vector512.Load(values + i + Half) - mean;
            squares = Vector512.FusedMultiplyAdd(a, a, squares);
            squares2 = Vector512.FusedMultiplyAdd(b, b, squares2);
        }

        Vector512<float> inverse = Vector512.Create(1 / MathF.Sqrt((Vector512.Sum(squares + squares2) / width) + epsilon));
        for (int i = 0; i < width; i += Block)
        {
            Vector512<float> a = (Vector512.Load(values + i) - mean) * inverse, b = (Vector512.Load(values + i + Half) - mean) * inverse;
            a = Vector512.FusedMultiplyAdd(a, Vector512.Load(weight + i), Vector512.Load(shift + i));
            b = Vector512.FusedMultiplyAdd(b, Vector512.Load(weight + i + Half), Vector512.Load(shift + i + Half));
            Pair(a, b).Store((uint*)(destination + i));
        }
    }
}
