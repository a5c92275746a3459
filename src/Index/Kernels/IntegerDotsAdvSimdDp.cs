using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Jmlr.Index.Kernels;

/// <summary>128-bit path of <see cref="IntegerDots"/> with <c>sdot</c>: four vectors by 16 rows keep sixteen sums in flight, and each load of a tile serves four of them.</summary>
static unsafe class IntegerDotsAdvSimdDp
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(byte* vectors, sbyte* tiles, int count, int rows, int dimension, int* sums)
    {
        int v = 0;
        for (; v + 4 <= count; v += 4, vectors += 4 * dimension, sums += 4 * IntegerDots.Rows)
        {
            Four(vectors, tiles, dimension, sums);
            if (rows > IntegerDots.HalfRows)
            {
                Four(vectors, tiles + 64, dimension, sums + 16);
            }
        }

        for (; v < count; v++, vectors += dimension, sums += IntegerDots.Rows)
        {
            One(vectors, tiles, dimension, sums);
        }
    }

    // Up to 127: as signed bytes they are the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector64<sbyte> Groups(byte* at) => Vector64.Load(at).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(byte* x, sbyte* tile, int dimension, int* sums)
    {
        byte* y = x + dimension;
        byte* z = y + dimension;
        byte* u = z + dimension;
        Vector128<int> x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
        Vector128<int> z0 = default, z1 = default, z2 = default, z3 = default, u0 = default, u1 = default, u2 = default, u3 = default;
        for (int d = 0; d < dimension; d += 8, tile += 256)
        {
            Vector64<sbyte> a = Groups(x + d), b = Groups(y + d), e = Groups(z + d), f = Groups(u + d);
            Vector128<sbyte> row = Vector128.Load(tile);
            x0 = Dp.DotProductBySelectedQuadruplet(x0, row, a, 0);
            y0 = Dp.DotProductBySelectedQuadruplet(y0, row, b, 0);
            z0 = Dp.DotProductBySelectedQuadruplet(z0, row, e, 0);
            u0 = Dp.DotProductBySelectedQuadruplet(u0, row, f, 0);
            row = Vector128.Load(tile + 16);
            x1 = Dp.DotProductBySelectedQuadruplet(x1, row, a, 0);
            y1 = Dp.DotProductBySelectedQuadruplet(y1, row, b, 0);
            z1 = Dp.DotProductBySelectedQuadruplet(z1, row, e, 0);
            u1 = Dp.DotProductBySelectedQuadruplet(u1, row, f, 0);
            row = Vector128.Load(tile + 32);
            x2 = Dp.DotProductBySelectedQuadruplet(x2, row, a, 0);
            y2 = Dp.DotProductBySelectedQuadruplet(y2, row, b, 0);
            z2 = Dp.DotProductBySelectedQuadruplet(z2, row, e, 0);
            u2 = Dp.DotProductBySelectedQuadruplet(u2, row, f, 0);
            row = Vector128.Load(tile + 48);
            x3 = Dp.DotProductBySelectedQuadruplet(x3, row, a, 0);
            y3 = Dp.DotProductBySelectedQuadruplet(y3, row, b, 0);
            z3 = Dp.DotProductBySelectedQuadruplet(z3, row, e, 0);
            u3 = Dp.DotProductBySelectedQuadruplet(u3, row, f, 0);
            row = Vector128.Load(tile + 128);
            x0 = Dp.DotProductBySelectedQuadruplet(x0, row, a, 1);
            y0 = Dp.DotProductBySelectedQuadruplet(y0, row, b, 1);
            z0 = Dp.DotProductBySelectedQuadruplet(z0, row, e, 1);
            u0 = Dp.DotProductBySelectedQuadruplet(u0, row, f, 1);
            row = Vector128.Load(tile + 144);
            x1 = Dp.DotProductBySelectedQuadruplet(x1, row, a, 1);
            y1 = Dp.DotProductBySelectedQuadruplet(y1, row, b, 1);
            z1 = Dp.DotProductBySelectedQuadruplet(z1, row, e, 1);
            u1 = Dp.DotProductBySelectedQuadruplet(u1, row, f, 1);
            row = Vector128.Load(tile + 160);
            x2 = Dp.DotProductBySelectedQuadruplet(x2, row, a, 1);
            y2 = Dp.DotProductBySelectedQuadruplet(y2, row, b, 1);
            z2 = Dp.DotProductBySelectedQuadruplet(z2, row, e, 1);
            u2 = Dp.DotProductBySelectedQuadruplet(u2, row, f, 1);
            row = Vector128.Load(tile + 176);
            x3 = Dp.DotProductBySelectedQuadruplet(x3, row, a, 1);
            y3 = Dp.DotProductBySelectedQuadruplet(y3, row, b, 1);
            z3 = Dp.DotProductBySelectedQuadruplet(z3, row, e, 1);
            u3 = Dp.DotProductBySelectedQuadruplet(u3, row, f, 1);
        }

        Store(sums, x0, x1, x2, x3);
        Store(sums + 32, y0, y1, y2, y3);
        Store(sums + 64, z0, z1, z2, z3);
        Store(sums + 96, u0, u1, u2, u3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(byte* x, sbyte* tile, int dimension, int* sums)
    {
        Vector128<int> x0 = default, x1 = default, x2 = default, x3 = default, x4 = default, x5 = default, x6 = default, x7 = default;
        for (int d = 0; d < dimension; d += 4, tile += 128)
        {
            Vector128<sbyte> group = Vector128.Create(*(int*)(x + d)).AsSByte();
            x0 = Dp.DotProduct(x0, group, Vector128.Load(tile));
            x1 = Dp.DotProduct(x1, group, Vector128.Load(tile + 16));
            x2 = Dp.DotProduct(x2, group, Vector128.Load(tile + 32));
            x3 = Dp.DotProduct(x3, group, Vector128.Load(tile + 48));
            x4 = Dp.DotProduct(x4, group, Vector128.Load(tile + 64));
            x5 = Dp.DotProduct(x5, group, Vector128.Load(tile + 80));
            x6 = Dp.DotProduct(x6, group, Vector128.Load(tile + 96));
            x7 = Dp.DotProduct(x7, group, Vector128.Load(tile + 112));
        }

        Store(sums, x0, x1, x2, x3);
        Store(sums + 16, x4, x5, x6, x7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* to, Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        a.Store(to);
        b.Store(to + 4);
        c.Store(to + 8);
        d.Store(to + 12);
    }
}
