using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>
/// 256-bit path of <see cref="IntegerDots"/> with <c>vpdpbusd</c>: three vectors by four tiles of 8 rows keep twelve sums in flight, two more than an instruction of five cycles, two
/// of which begin in a cycle, needs; with the vectors and the tile that is all sixteen registers of this encoding.
/// </summary>
static unsafe class IntegerDotsAvxVnni
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(byte* vectors, sbyte* tiles, int count, int rows, int dimension, int* sums)
    {
        int v = 0;
        for (; rows <= IntegerDots.HalfRows && v + 3 <= count; v += 3, vectors += 3 * dimension, sums += 3 * IntegerDots.Rows)
        {
            ThreeHalves(vectors, tiles, dimension, sums);
        }

        for (; v + 3 <= count; v += 3, vectors += 3 * dimension, sums += 3 * IntegerDots.Rows)
        {
            Three(vectors, tiles, dimension, sums);
        }

        for (; v < count; v++, vectors += dimension, sums += IntegerDots.Rows)
        {
            One(vectors, tiles, dimension, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Group(byte* at) => Vector256.Create(*(int*)at).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(byte* x, sbyte* tile, int dimension, int* sums)
    {
        byte* y = x + dimension;
        byte* z = y + dimension;
        Vector256<int> x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
        Vector256<int> z0 = default, z1 = default, z2 = default, z3 = default;
        for (int d = 0; d < dimension; d += 4, tile += 128)
        {
            Vector256<byte> a = Group(x + d), b = Group(y + d), c = Group(z + d);
            Vector256<sbyte> row = Vector256.Load(tile);
            x0 = AvxVnni.MultiplyWideningAndAdd(x0, a, row);
            y0 = AvxVnni.MultiplyWideningAndAdd(y0, b, row);
            z0 = AvxVnni.MultiplyWideningAndAdd(z0, c, row);
            row = Vector256.Load(tile + 32);
            x1 = AvxVnni.MultiplyWideningAndAdd(x1, a, row);
            y1 = AvxVnni.MultiplyWideningAndAdd(y1, b, row);
            z1 = AvxVnni.MultiplyWideningAndAdd(z1, c, row);
            row = Vector256.Load(tile + 64);
            x2 = AvxVnni.MultiplyWideningAndAdd(x2, a, row);
            y2 = AvxVnni.MultiplyWideningAndAdd(y2, b, row);
            z2 = AvxVnni.MultiplyWideningAndAdd(z2, c, row);
            row = Vector256.Load(tile + 96);
            x3 = AvxVnni.MultiplyWideningAndAdd(x3, a, row);
            y3 = AvxVnni.MultiplyWideningAndAdd(y3, b, row);
            z3 = AvxVnni.MultiplyWideningAndAdd(z3, c, row);
        }

        Store(x0, x1, x2, x3, sums);
        Store(y0, y1, y2, y3, sums + IntegerDots.Rows);
        Store(z0, z1, z2, z3, sums + (2 * IntegerDots.Rows));
    }

    /// <summary>Sums of even and odd groups apart: as many in flight as with four tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeHalves(byte* x, sbyte* tile, int dimension, int* sums)
    {
        byte* y = x + dimension;
        byte* z = y + dimension;
        Vector256<int> x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
        Vector256<int> z0 = default, z1 = default, z2 = default, z3 = default;
        for (int d = 0; d < dimension; d += 8, tile += 256)
        {
            Vector256<byte> a = Group(x + d), b = Group(y + d), c = Group(z + d);
            Vector256<sbyte> row = Vector256.Load(tile);
            x0 = AvxVnni.MultiplyWideningAndAdd(x0, a, row);
            y0 = AvxVnni.MultiplyWideningAndAdd(y0, b, row);
            z0 = AvxVnni.MultiplyWideningAndAdd(z0, c, row);
            row = Vector256.Load(tile + 32);
            x1 = AvxVnni.MultiplyWideningAndAdd(x1, a, row);
            y1 = AvxVnni.MultiplyWideningAndAdd(y1, b, row);
            z1 = AvxVnni.MultiplyWideningAndAdd(z1, c, row);
            (a, b, c, row) = (Group(x + d + 4), Group(y + d + 4), Group(z + d + 4), Vector256.Load(tile + 128));
            x2 = AvxVnni.MultiplyWideningAndAdd(x2, a, row);
            y2 = AvxVnni.MultiplyWideningAndAdd(y2, b, row);
            z2 = AvxVnni.MultiplyWideningAndAdd(z2, c, row);
            row = Vector256.Load(tile + 160);
            x3 = AvxVnni.MultiplyWideningAndAdd(x3, a, row);
            y3 = AvxVnni.MultiplyWideningAndAdd(y3, b, row);
            z3 = AvxVnni.MultiplyWideningAndAdd(z3, c, row);
        }

        (x0 + x2).Store(sums);
        (x1 + x3).Store(sums + 8);
        (y0 + y2).Store(sums + 32);
        (y1 + y3).Store(sums + 40);
        (z0 + z2).Store(sums + 64);
        (z1 + z3).Store(sums + 72);
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

        Store(x0, x1, x2, x3, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> first, Vector256<int> second, Vector256<int> third, Vector256<int> fourth, int* sums)
    {
        first.Store(sums);
        second.Store(sums + 8);
        third.Store(sums + 16);
        fourth.Store(sums + 24);
    }
}
