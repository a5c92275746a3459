using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Index.Kernels;

/// <summary>512-bit path of <see cref="FloatDots"/>: four vectors by 32 rows.</summary>
static unsafe class FloatDotsAvx512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(float* vectors, float* queries, int count, int rows, int dimension, float* scores)
    {
        int v = 0;
        for (; rows <= IntegerDots.HalfRows && v + 8 <= count; v += 8, vectors += 8 * dimension, scores += 8 * IntegerDots.Rows)
        {
            EightHalves(vectors, queries, dimension, scores);
        }

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
    private static void EightHalves(float* x, float* query, int dimension, float* scores)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        float* y = x + (4 * dimension);
        for (int d = 0; d < dimension; d++, query += IntegerDots.Rows)
        {
            Vector512<float> q = Vector512.Load(query);
            s0 = Vector512.FusedMultiplyAdd(q, Vector512.Create(x[d]), s0);
            s1 = Vector512.FusedMultiplyAdd(q, Vector512.Create(x[dimension + d]), s1);
            s2 = Vector512.FusedMultiplyAdd(q, Vector512.Create(x[(2 * dimension) + d]), s2);
            s3 = Vector512.FusedMultiplyAdd(q, Vector512.Create(x[(3 * dimension) + d]), s3);
            s4 = Vector512.FusedMultiplyAdd(q, Vector512.Create(y[d]), s4);
            s5 = Vector512.FusedMultiplyAdd(q, Vector512.Create(y[dimension + d]), s5);
            s6 = Vector512.FusedMultiplyAdd(q, Vector512.Create(y[(2 * dimension) + d]), s6);
            s7 = Vector512.FusedMultiplyAdd(q, Vector512.Create(y[(3 * dimension) + d]), s7);
        }

        s0.Store(scores);
        s1.Store(scores + 32);
        s2.Store(scores + 64);
        s3.Store(scores + 96);
        s4.Store(scores + 128);
        s5.Store(scores + 160);
        s6.Store(scores + 192);
        s7.Store(scores + 224);
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
