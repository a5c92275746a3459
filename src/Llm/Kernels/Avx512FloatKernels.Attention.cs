using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Llm.Kernels;

/// <summary>AVX-512 kernels of attention: 4 query rows x 64 keys, and 4 rows x 64 elements of the values, fill 16 accumulators.</summary>
sealed unsafe partial class Avx512FloatKernels
{
    internal override void Scores(float* q, float* keys, int head, float* scores) =>
        ScoresOfFour<StoredFloats>(q, (byte*)keys, (long)head * KeyTile * sizeof(float), head, scores, (byte*)keys);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override float Softmax(float* scores, ref float max, ref float total)
    {
        Vector512<float> s0 = Vector512.Load(scores), s1 = Vector512.Load(scores + 16), s2 = Vector512.Load(scores + 32), s3 = Vector512.Load(scores + 48);
        float next = MathF.Max(max, Largest(Vector512.Max(Vector512.Max(s0, s1), Vector512.Max(s2, s3))));
        Vector512<float> shift = Vector512.Create(next);
        s0 = Exp(s0 - shift);
        s1 = Exp(s1 - shift);
        s2 = Exp(s2 - shift);
        s3 = Exp(s3 - shift);
        Store(scores, s0, s1, s2, s3);
        float factor = MathF.Exp(max - next);
        max = next;
        total = (total * factor) + Vector512.Sum(s0 + s1 + (s2 + s3));
        return factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AddValues(float* p, float* factors, float* values, int keys, int head, float* sums, int stride)
    {
        int at = 0;
        for (; at + 64 <= head; at += 64)
        {
            Columns64(p, factors, values + at, keys, head, sums + at, stride);
        }

        for (; at < head; at += 16)
        {
            Columns16(p, factors, values + at, keys, head, sums + at, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns64(float* p, float* factors, float* values, int keys, int head, float* sums, int stride)
    {
        float* s1 = sums + stride, s2 = s1 + stride, s3 = s2 + stride;
        Vector512<float> f = Vector512.Create(factors[0]);
        Vector512<float> a0 = Vector512.Load(sums) * f, a1 = Vector512.Load(sums + 16) * f, a2 = Vector512.Load(sums + 32) * f, a3 = Vector512.Load(sums + 48) * f;
        f = Vector512.Create(factors[1]);
        Vector512<float> b0 = Vector512.Load(s1) * f, b1 = Vector512.Load(s1 + 16) * f, b2 = Vector512.Load(s1 + 32) * f, b3 = Vector512.Load(s1 + 48) * f;
        f = Vector512.Create(factors[2]);
        Vector512<float> c0 = Vector512.Load(s2) * f, c1 = Vector512.Load(s2 + 16) * f, c2 = Vector512.Load(s2 + 32) * f, c3 = Vector512.Load(s2 + 48) * f;
        f = Vector512.Create(factors[3]);
        Vector512<float> d0 = Vector512.Load(s3) * f, d1 = Vector512.Load(s3 + 16) * f, d2 = Vector512.Load(s3 + 32) * f, d3 = Vector512.Load(s3 + 48) * f;
        for (int k = 0; k < keys; k++, values += head)
        {
            Vector512<float> v0 = Vector512.Load(values), v1 = Vector512.Load(values + 16), v2 = Vector512.Load(values + 32), v3 = Vector512.Load(values + 48);
            Vector512<float> row = Vector512.Create(p[k]);
            a0 = Vector512.FusedMultiplyAdd(row, v0, a0);
            a1 = Vector512.FusedMultiplyAdd(row, v1, a1);
            a2 = Vector512.FusedMultiplyAdd(row, v2, a2);
            a3 = Vector512.FusedMultiplyAdd(row, v3, a3);
            row = Vector512.Create(p[k + 64]);
            b0 = Vector512.FusedMultiplyAdd(row, v0, b0);
            b1 = Vector512.FusedMultiplyAdd(row, v1, b1);
            b2 = Vector512.FusedMultiplyAdd(row, v2, b2);
            b3 = Vector512.FusedMultiplyAdd(row, v3, b3);
            row = Vector512.Create(p[k + 128]);
            c0 = Vector512.FusedMultiplyAdd(row, v0, c0);
            c1 = Vector512.FusedMultiplyAdd(row, v1, c1);
            c2 = Vector512.FusedMultiplyAdd(row, v2, c2);
            c3 = Vector512.FusedMultiplyAdd(row, v3, c3);
            row = Vector512.Create(p[k + 192]);
            d0 = Vector512.FusedMultiplyAdd(row, v0, d0);
            d1 = Vector512.FusedMultiplyAdd(row, v1, d1);
            d2 = Vector512.FusedMultiplyAdd(row, v2, d2);
            d3 = Vector512.FusedMultiplyAdd(row, v3, d3);
        }

        Store(sums, a0, a1, a2, a3);
        Store(s1, b0, b1, b2, b3);
        Store(s2, c0, c1, c2, c3);
        Store(s3, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns16(float* p, float* factors, float* values, int keys, int head, float* sums, int stride)
    {
        for (int r = 0; r < QueryRows; r++)
        {
            Vector512<float> sum = Vector512.Load(sums + (r * stride)) * factors[r];
            for (int k = 0; k < keys; k++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(p[(r * KeyBlock) + k]), Vector512.Load(values + (k * head)), sum);
            }

            sum.Store(sums + (r * stride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3)
    {
        v0.Store(to);
        v1.Store(to + 16);
        v2.Store(to + 32);
        v3.Store(to + 48);
    }
}
