using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>512-bit path of <see cref="IntegerDots"/>: four vectors by two tiles of 16 rows, two groups added in 16 bits before widening.</summary>
static unsafe class IntegerDotsAvx512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(byte* vectors, sbyte* tiles, int count, int rows, int dimension, int* sums)
    {
        int v = 0;
        for (; rows <= IntegerDots.HalfRows && v + 4 <= count; v += 4, vectors += 4 * dimension, sums += 4 * IntegerDots.Rows)
        {
            FourHalves(vectors, tiles, dimension, sums);
        }

        for (; v + 4 <= count; v += 4, vectors += 4 * dimension, sums += 4 * IntegerDots.Rows)
        {
            Four(vectors, tiles, dimension, sums);
        }

        for (; v < count; v++, vectors += dimension, sums += IntegerDots.Rows)
        {
            One(vectors, tiles, dimension, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Group(byte* at) => Vector512.Create(*(int*)at).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Add(Vector512<int> sum, Vector512<byte> first, Vector512<sbyte> row1, Vector512<byte> second, Vector512<sbyte> row2)
    {
        Vector512<short> pairs = Avx512BW.MultiplyAddAdjacent(first, row1) + Avx512BW.MultiplyAddAdjacent(second, row2);
        return sum + Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(byte* x, sbyte* tile, int dimension, int* sums)
    {
        byte* y = x + dimension;
        byte* z = y + dimension;
        byte* u = z + dimension;
        Vector512<int> x0 = default, x1 = default, y0 = default, y1 = default, z0 = default, z1 = default, u0 = default, u1 = default;
        for (int d = 0; d < dimension; d += 8, tile += 256)
        {
            Vector512<sbyte> a0 = Vector512.Load(tile), a1 = Vector512.Load(tile + 64), b0 = Vector512.Load(tile + 128), b1 = Vector512.Load(tile + 192);
            Vector512<byte> first = Group(x + d), second = Group(x + d + 4);
            x0 = Add(x0, first, a0, second, b0);
            x1 = Add(x1, first, a1, second, b1);
            first = Group(y + d);
            second = Group(y + d + 4);
            y0 = Add(y0, first, a0, second, b0);
            y1 = Add(y1, first, a1, second, b1);
            first = Group(z + d);
            second = Group(z + d + 4);
            z0 = Add(z0, first, a0, second, b0);
            z1 = Add(z1, first, a1, second, b1);
            first = Group(u + d);
            second = Group(u + d + 4);
            u0 = Add(u0, first, a0, second, b0);
            u1 = Add(u1, first, a1, second, b1);
        }

        x0.Store(sums);
        x1.Store(sums + 16);
        y0.Store(sums + 32);
        y1.Store(sums + 48);
        z0.Store(sums + 64);
        z1.Store(sums + 80);
        u0.Store(sums + 96);
        u1.Store(sums + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourHalves(byte* x, sbyte* tile, int dimension, int* sums)
    {
        byte* y = x + dimension;
        byte* z = y + dimension;
        byte* u = z + dimension;
        Vector512<int> x0 = default, y0 = default, z0 = default, u0 = default;
        for (int d = 0; d < dimension; d += 8, tile += 256)
        {
            Vector512<sbyte> a = Vector512.Load(tile), b = Vector512.Load(tile + 128);
            x0 = Add(x0, Group(x + d), a, Group(x + d + 4), b);
            y0 = Add(y0, Group(y + d), a, Group(y + d + 4), b);
            z0 = Add(z0, Group(z + d), a, Group(z + d + 4), b);
            u0 = Add(u0, Group(u + d), a, Group(u + d + 4), b);
        }

        x0.Store(sums);
        y0.Store(sums + 32);
        z0.Store(sums + 64);
        u0.Store(sums + 96);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(byte* x, sbyte* tile, int dimension, int* sums)
    {
        Vector512<int> x0 = default, x1 = default;
        for (int d = 0; d < dimension; d += 8, tile += 256)
        {
            Vector512<byte> first = Group(x + d), second = Group(x + d + 4);
            x0 = Add(x0, first, Vector512.Load(tile), second, Vector512.Load(tile + 128));
            x1 = Add(x1, first, Vector512.Load(tile + 64), second, Vector512.Load(tile + 192));
        }

        x0.Store(sums);
        x1.Store(sums + 16);
    }
}
