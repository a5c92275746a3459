using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Index.Kernels;

/// <summary>512-bit path of <see cref="FloatDots"/>: four vectors by 32 rows.</summary>
static unsafe class FloatDotsAvx512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(float* vectors, float* queries, int count, int dimension, float* scores)
    {
        int v = 0;
        for (; v + 4 <= count; v += 4, vectors += 4 * dimension, scores += 4 * IntegerDots.Rows)
        {
            Four(vectors, queries, dimension, scores);
        }

        for (; v < count; v++, vectors += dimension, scores += IntegerDots.Rows)
        {
            One(vectors, queries, dimension, scores);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* x, float* query, int dimension, float* scores)
    {
        float* y = x + dimension;
        float* z = y + dimension;
        float* u = z + dimension;
        Vector512<float> x0 = default, x1 = default, y0 = default, y1 = default, z0 = default, z1 = default, u0 = default, u1 = default;
        for (int d = 0; d < dimension; d++, query += IntegerDots.Rows)
        {
            Vector512<float> q0 = Vector512.Load(query), q1 = Vector512.Load(query + 16), value = Vector512.Create(x[d]);
            x0 = Vector512.FusedMultiplyAdd(q0, value, x0);
            x1 = Vector512.FusedMultiplyAdd(q1, value, x1);
            value = Vector512.Create(y[d]);
            y0 = Vector512.FusedMultiplyAdd(q0, value, y0);
            y1 = Vector512.FusedMultiplyAdd(q1, value, y1);
            value = Vector512.Create(z[d]);
            z0 = Vector512.FusedMultiplyAdd(q0, value, z0);
            z1 = Vector512.FusedMultiplyAdd(q1, value, z1);
            value = Vector512.Create(u[d]);
            u0 = Vector512.FusedMultiplyAdd(q0, value, u0);
            u1 = Vector512.FusedMultiplyAdd(q1, value, u1);
        }

        x0.Store(scores);
        x1.Store(scores + 16);
        y0.Store(scores + 32);
        y1.Store(scores + 48);
        z0.Store(scores + 64);
        z1.Store(scores + 80);
        u0.Store(scores + 96);
        u1.Store(scores + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* x, float* query, int dimension, float* scores)
    {
        Vector512<float> x0 = default, x1 = default;
        for (int d = 0; d < dimension; d++, query += IntegerDots.Rows)
        {
            Vector512<float> value = Vector512.Create(x[d]);
            x0 = Vector512.FusedMultiplyAdd(Vector512.Load(query), value, x0);
            x1 = Vector512.FusedMultiplyAdd(Vector512.Load(query + 16), value, x1);
        }

        x0.Store(scores);
        x1.Store(scores + 16);
    }
}
