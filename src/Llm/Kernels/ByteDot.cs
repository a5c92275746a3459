using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Llm.Kernels;

/// <summary>Products of unsigned weights and signed activations in 256-bit vectors: how they are summed over a block.</summary>
interface IByteDot
{
    /// <summary>Name for reports.</summary>
    static abstract string Name { get; }

    /// <summary>True when whole bytes can be summed; otherwise only nibbles.</summary>
    static abstract bool TakesBytes { get; }

    /// <summary>Adds four (or two and two) products to each lane.</summary>
    static abstract Vector256<int> Add(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs);

    /// <summary>The sums of a block as int32, times <paramref name="factor"/>.</summary>
    static abstract Vector256<int> Widen(Vector256<int> sum, short factor);
}

/// <summary>AVX2: pairs in int16, which eight sums of nibbles do not overflow (30480).</summary>
readonly struct Avx2Dot : IByteDot
{
    public static string Name => "avx2";

    public static bool TakesBytes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        (sum.AsInt16() + Avx2.MultiplyAddAdjacent(weights, inputs)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Widen(Vector256<int> sum, short factor) => Avx2.MultiplyAddAdjacent(sum.AsInt16(), Vector256.Create(factor));
}

/// <summary>AVX-VNNI: groups of four in int32.</summary>
readonly struct VnniDot : IByteDot
{
    public static string Name => "avxvnni";

    public static bool TakesBytes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) => AvxVnni.MultiplyWideningAndAdd(sum, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Widen(Vector256<int> sum, short factor) => sum * Vector256.Create((int)factor);
}
