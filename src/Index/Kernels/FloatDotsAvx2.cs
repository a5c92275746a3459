using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>256-bit path of <see cref="FloatDots"/>: two vectors by 32 rows.</summary>
static unsafe class FloatDotsAvx2
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(float* vectors, float* queries, int count, int rows, int dimension, float* scores)
    {
        int v = 0;
        for (; rows <= IntegerDots.HalfRows && v + 4 <= count; v += 4, vectors += 4 * dimension, scores += 4 * IntegerDots.Rows)
        {
            FourHalves(vectors, queries, dimension, scores);
        }

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
    private static void FourHalves(float* x, float* query, int dimension, float* scores)
    {
        float* y = x + dimension;
        float* z = y + dimension;
        float* u = z + dimension;
        Vector256<float> x0 = default, x1 = default, y0 = default, y1 = default, z0 = default, z1 = default, u0 = default, u1 = default;
        for (int d = 0; d < dimension; d++, query += IntegerDots.Rows)
        {
            Vector256<float> low = Vector256.Load(query), high = Vector256.Load(query + 8), value = Vector256.Create(x[d]);
            x0 = Fma.MultiplyAdd(low, value, x0);
            x1 = Fma.MultiplyAdd(high, value, x1);
            value = Vector256.Create(y[d]);
            y0 = Fma.MultiplyAdd(low, value, y0);
            y1 = Fma.MultiplyAdd(high, value, y1);
            value = Vector256.Create(z[d]);
            z0 = Fma.MultiplyAdd(low, value, z0);
            z1 = Fma.MultiplyAdd(high, value, z1);
            value = Vector256.Create(u[d]);
            u0 = Fma.MultiplyAdd(low, value, u0);
            u1 = Fma.MultiplyAdd(high, value, u1);
        }

        x0.Store(scores);
        x1.Store(scores + 8);
        y0.Store(scores + 32);
        y1.Store(scores + 40);
        z0.Store(scores + 64);
        z1.Store(scores + 72);
        u0.Store(scores + 96);
        u1.Store(scores + 104);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(float* x, float* y, float* query, int dimension, float* scoresX, float* scoresY)
    {
        Vector256<float> x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
        for (int d = 0; d < dimension; d++, query += IntegerDots.Rows)
        {
            Vector256<float> a = Vector256.Create(x[d]), b = Vector256.Create(y[d]), q = Vector256.Load(query);
            x0 = Fma.MultiplyAdd(q, a, x0);
            y0 = Fma.MultiplyAdd(q, b, y0);
            q = Vector256.Load(query + 8);
            x1 = Fma.MultiplyAdd(q, a, x1);
            y1 = Fma.MultiplyAdd(q, b, y1);
            q = Vector256.Load(query + 16);
            x2 = Fma.MultiplyAdd(q, a, x2);
            y2 = Fma.MultiplyAdd(q, b, y2);
            q = Vector256.Load(query + 24);
            x3 = Fma.MultiplyAdd(q, a, x3);
            y3 = Fma.MultiplyAdd(q, b, y3);
        }

        x0.Store(scoresX);
        x1.Store(scoresX + 8);
        x2.Store(scoresX + 16);
        x3.Store(scoresX + 24);
        y0.Store(scoresY);
        y1.Store(scoresY + 8);
        y2.Store(scoresY + 16);
        y3.Store(scoresY + 24);
    }
}
