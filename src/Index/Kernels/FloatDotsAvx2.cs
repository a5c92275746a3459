using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>256-bit path of <see cref="FloatDots"/>: two vectors by 32 rows.</summary>
static unsafe class FloatDotsAvx2
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(float* vectors, float* queries, int count, int dimension, float* scores)
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
