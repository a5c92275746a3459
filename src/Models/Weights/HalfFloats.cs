using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Models.Weights;

/// <summary>fp16 and bf16 to fp32 and back. .NET 10 has no F16C and <c>(float)Half</c> is a software call, hence the integer route.</summary>
public static class HalfFloats
{
    /// <summary>fp16 bits to fp32, exact (subnormals, infinities and NaN too).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(ushort half)
    {
        // Exponent and mantissa move into place; the multiplication by 2^112 corrects the bias and normalises subnormals.
        uint magnitude = (uint)(half & 0x7FFF) << 13;
        float value = BitConverter.UInt32BitsToSingle(magnitude) * 5.192296858534828e33f;
        uint bits = magnitude >= 0x0F80_0000 ? magnitude | 0x7F80_0000 : BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle(bits | ((uint)(half & 0x8000) << 16));
    }

    /// <summary>fp16 bits to fp32; both spans of one length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // megabytes on the first call: not through the unoptimised code first
    public static void Widen(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Length);
        int i = 0;
        ref ushort from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(destination);
        for (; i <= source.Length - 8; i += 8)
        {
            Vector256<uint> wide = Vector256.WidenLower(Vector128.LoadUnsafe(ref from, (nuint)i).ToVector256Unsafe()).AsUInt32();
            Vector256<uint> magnitude = (wide & Vector256.Create(0x7FFFu)) << 13;
            Vector256<uint> value = (magnitude.AsSingle() * 5.192296858534828e33f).AsUInt32();
            Vector256<uint> special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x0F80_0000u));
            value = Vector256.ConditionalSelect(special, magnitude | Vector256.Create(0x7F80_0000u), value);
            (value | ((wide & Vector256.Create(0x8000u)) << 16)).AsSingle().StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = Widen(source[i]);
        }
    }

    /// <summary>bf16 bits to fp32; both spans of one length.</summary>
    public static void WidenBrain(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Length);
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }
    }

    /// <summary>True when none of some fp16 bits is an infinity or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool AllFinite(ReadOnlySpan<ushort> values)
    {
        const ushort exponent = 0x7C00;
        int i = 0;
        for (; i <= values.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            Vector256<ushort> bits = Vector256.Create(values[i..]) & Vector256.Create(exponent);
            if (Vector256.EqualsAny(bits, Vector256.Create(exponent)))
            {
                return false;
            }
        }

        for (; i < values.Length; i++)
        {
            if ((values[i] & exponent) == exponent)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>fp32 to fp16 bits, rounded to nearest even.</summary>
    public static ushort Narrow(float value) => BitConverter.HalfToUInt16Bits((Half)value);
}
