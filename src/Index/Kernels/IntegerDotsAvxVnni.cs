using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>256-bit path of <see cref="IntegerDots"/> with <c>vpdpbusd</c>: two vectors by four tiles of 8 rows keep eight sums in flight.</summary>
static unsafe class IntegerDotsAvxVnni
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(byte* vectors, sbyte* tiles, int count, int dimension, int* sums)
    {
        int v = 0;
        for (; v + 2 <= count; v += 2, vectors += 2 * dimension, sums += 2 * IntegerDots.Rows)
        {
            Two(vectors, tiles, dimension, sums);
        }

        if (v < count)
        {
            One(vectors, tiles, dimension, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Group(byte* at) => Vector256.Create(*(int*)at).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(byte* x, sbyte* tile, int dimension, int* sums)
    {
        byte* y = x + dimension;
        Vector256<int> x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
        for (int d = 0; d < dimension; d += 4, tile += 128)
        {
            Vector256<byte> a = Group(x + d), b = Group(y + d);
            Vector256<sbyte> row = Vector256.Load(tile);
            x0 = AvxVnni.MultiplyWideningAndAdd(x0, a, row);
            y0 = AvxVnni.MultiplyWideningAndAdd(y0, b, row);
            row = Vector256.Load(tile + 32);
            x1 = AvxVnni.MultiplyWideningAndAdd(x1, a, row);
            y1 = AvxVnni.MultiplyWideningAndAdd(y1, b, row);
            row = Vector256.Load(tile + 64);
            x2 = AvxVnni.MultiplyWideningAndAdd(x2, a, row);
            y2 = AvxVnni.MultiplyWideningAndAdd(y2, b, row);
            row = Vector256.Load(tile + 96);
            x3 = AvxVnni.MultiplyWideningAndAdd(x3, a, row);
            y3 = AvxVnni.MultiplyWideningAndAdd(y3, b, row);
        }

        x0.Store(sums);
        x1.Store(sums + 8);
        x2.Store(sums + 16);
        x3.Store(sums + 24);
        y0.Store(sums + 32);
        y1.Store(sums + 40);
        y2.Store(sums + 48);
        y3.Store(sums + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(byte* x, sbyte* tile, int dimension, int* sums)
    {
        Vector256<int> x0 = default, x1 = default, x2 = default, x3 = default;
        for (int d = 0; d < dimension; d += 4, tile += 128)
        {
            Vector256<byte> a = Group(x + d);
            x0 = AvxVnni.MultiplyWideningAndAdd(x0, a, Vector256.Load(tile));
            x1 = AvxVnni.MultiplyWideningAndAdd(x1, a, Vector256.Load(tile + 32));
            x2 = AvxVnni.MultiplyWideningAndAdd(x2, a, Vector256.Load(tile + 64));
            x3 = AvxVnni.MultiplyWideningAndAdd(x3, a, Vector256.Load(tile + 96));
        }

        x0.Store(sums);
        x1.Store(sums + 8);
        x2.Store(sums + 16);
        x3.Store(sums + 24);
    }
}
