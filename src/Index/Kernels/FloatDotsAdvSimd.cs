using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Jmlr.Index.Kernels;

/// <summary>128-bit path of <see cref="FloatDots"/>: two vectors by 32 rows keep sixteen sums in flight.</summary>
static unsafe class FloatDotsAdvSimd
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(float* vectors, float* queries, int count, int rows, int dimension, float* scores)
    {
        int v = 0;
        for (; v + 2 <= count; v += 2, vectors += 2 * dimension, scores += 2 * IntegerDots.Rows)
        {
            Two(vectors, vectors + dimension, queries, dimension, scores, scores + IntegerDots.Rows);
        }

        if (v < count)
        {
            float* unused = stackalloc float[IntegerDots.Rows];
            Two(vectors, vectors, queries, dimension, scores, unused);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(float* x, float* y, float* query, int dimension, float* scoresX, float* scoresY)
    {
        Vector128<float> x0 = default, x1 = default, x2 = default, x3 = default, x4 = default, x5 = default, x6 = default, x7 = default;
        Vector128<float> y0 = default, y1 = default, y2 = default, y3 = default, y4 = default, y5 = default, y6 = default, y7 = default;
        for (int d = 0; d < dimension; d++, query += IntegerDots.Rows)
        {
            Vector128<float> a = Vector128.Create(x[d]), b = Vector128.Create(y[d]), q = Vector128.Load(query);
            x0 = AdvSimd.FusedMultiplyAdd(x0, q, a);
            y0 = AdvSimd.FusedMultiplyAdd(y0, q, b);
            q = Vector128.Load(query + 4);
            x1 = AdvSimd.FusedMultiplyAdd(x1, q, a);
            y1 = AdvSimd.FusedMultiplyAdd(y1, q, b);
            q = Vector128.Load(query + 8);
            x2 = AdvSimd.FusedMultiplyAdd(x2, q, a);
            y2 = AdvSimd.FusedMultiplyAdd(y2, q, b);
            q = Vector128.Load(query + 12);
            x3 = AdvSimd.FusedMultiplyAdd(x3, q, a);
            y3 = AdvSimd.FusedMultiplyAdd(y3, q, b);
            q = Vector128.Load(query + 16);
            x4 = AdvSimd.FusedMultiplyAdd(x4, q, a);
            y4 = AdvSimd.FusedMultiplyAdd(y4, q, b);
            q = Vector128.Load(query + 20);
            x5 = AdvSimd.FusedMultiplyAdd(x5, q, a);
            y5 = AdvSimd.FusedMultiplyAdd(y5, q, b);
            q = Vector128.Load(query + 24);
            x6 = AdvSimd.FusedMultiplyAdd(x6, q, a);
            y6 = AdvSimd.FusedMultiplyAdd(y6, q, b);
            q = Vector128.Load(query + 28);
            x7 = AdvSimd.FusedMultiplyAdd(x7, q, a);
            y7 = AdvSimd.FusedMultiplyAdd(y7, q, b);
        }

        Store(scoresX, x0, x1, x2, x3);
        Store(scoresX + 16, x4, x5, x6, x7);
        Store(scoresY, y0, y1, y2, y3);
        Store(scoresY + 16, y4, y5, y6, y7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        a.Store(to);
        b.Store(to + 4);
        c.Store(to + 8);
        d.Store(to + 12);
    }
}
