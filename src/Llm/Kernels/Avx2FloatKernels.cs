using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Llm.Matrices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Kernels;

/// <summary>256-bit versions of the kernels that take time; the rest and all tails go to the plain twin.</summary>
sealed unsafe class Avx2FloatKernels : FloatKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void RmsNorm(float* x, float* weight, float epsilon, float* y, int n)
    {
        if (n % 8 != 0)
        {
            base.RmsNorm(x, weight, epsilon, y, n);
            return;
        }

        Vector256<float> squares = default;
        for (int i = 0; i < n; i += 8)
        {
            Vector256<float> v = Vector256.Load(x + i);
            squares = Vector256.FusedMultiplyAdd(v, v, squares);
        }

        Vector256<float> scale = Vector256.Create(1 / MathF.Sqrt((Vector256.Sum(squares) / n) + epsilon));
        for (int i = 0; i < n; i += 8)
        {
            (Vector256.Load(x + i) * scale * Vector256.Load(weight + i)).Store(y + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void SiluMultiply(float* gate, float* up, float* y, int n)
    {
        int i = 0;
        for (; i + 8 <= n; i += 8)
        {
            Vector256<float> g = Vector256.Load(gate + i);
            (g / (Vector256.Create(1f) + Exp(-g)) * Vector256.Load(up + i)).Store(y + i);
        }

        base.SiluMultiply(gate + i, up + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Quantise(float* x, int columns, sbyte* quants, float* scales, float* sums, int lanes)
    {
        int stride = lanes * 4;
        for (int b = 0; b < columns / TileFormats.Block; b++, x += TileFormats.Block, quants += 8 * stride)
        {
            Vector256<float> v0 = Vector256.Load(x), v1 = Vector256.Load(x + 8), v2 = Vector256.Load(x + 16), v3 = Vector256.Load(x + 24);
            float largest = Largest(Vector256.Max(Vector256.Max(Vector256.Abs(v0), Vector256.Abs(v1)), Vector256.Max(Vector256.Abs(v2), Vector256.Abs(v3))));
            Vector256<float> inverse = Vector256.Create(largest > 0 ? 127 / largest : 0);
            Vector256<int> q0 = Avx.ConvertToVector256Int32(v0 * inverse), q1 = Avx.ConvertToVector256Int32(v1 * inverse);
            Vector256<int> q2 = Avx.ConvertToVector256Int32(v2 * inverse), q3 = Avx.ConvertToVector256Int32(v3 * inverse);
            float d = largest / 127;
            scales[b * lanes] = d;
            sums[b * lanes] = d * Vector256.Sum(q0 + q1 + (q2 + q3));

            // The packs work within 128-bit lanes: the groups of four come out as 0 2 4 6 1 3 5 7.
            Vector256<int> bytes = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(q0, q1), Avx2.PackSignedSaturate(q2, q3)).AsInt32();
            for (int j = 0; j < 4; j++)
            {
                *(int*)(quants + (2 * j * stride)) = bytes[j];
                *(int*)(quants + (((2 * j) + 1) * stride)) = bytes[j + 4];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Widen(ushort* x, float* y, int n)
    {
        int i = 0;
        for (; i + 8 <= n; i += 8)
        {
            Vector256<int> bits = Avx2.ConvertToVector256Int32(Vector128.Load((short*)x + i)) << 13;
            ((bits & Vector256.Create(unchecked((int)0x8FFF_E000))).AsSingle() * 5.192296858534828e33f).Store(y + i);
        }

        base.Widen(x + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void WidenKeys(sbyte* quants, ushort* scales, float* y, int head)
    {
        float* scale = stackalloc float[KeyTile];
        for (int i = 0; i < head; i++, quants += KeyTile, y += KeyTile)
        {
            if (i % TileFormats.Block == 0)
            {
                Widen(scales + (i / TileFormats.Block * KeyTile), scale, KeyTile);
            }

            (Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(quants)) * Vector256.Load(scale)).Store(y);
            (Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(quants + 8)) * Vector256.Load(scale + 8)).Store(y + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void WidenValues(sbyte* quants, ushort* scales, float* y, int head)
    {
        for (int token = 0; token < KeyTile; token++)
        {
            Vector256<float> scale = default;
            for (int i = 0; i < head; i += 8, quants += 8, y += 8)
            {
                scale = i % TileFormats.Block == 0 ? Vector256.Create(HalfFloats.Widen(*scales++)) : scale;
                (Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(quants)) * scale).Store(y);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Scores(float* q, float* keys, int head, float* scores)
    {
        for (int tile = 0; tile < KeyBlock / KeyTile; tile++, scores += KeyTile)
        {
            Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            for (int i = 0; i < head; i++, keys += KeyTile)
            {
                Vector256<float> k0 = Vector256.Load(keys), k1 = Vector256.Load(keys + 8);
                Vector256<float> row = Vector256.Create(q[i]);
                a0 = Vector256.FusedMultiplyAdd(row, k0, a0);
                a1 = Vector256.FusedMultiplyAdd(row, k1, a1);
                row = Vector256.Create(q[head + i]);
                b0 = Vector256.FusedMultiplyAdd(row, k0, b0);
                b1 = Vector256.FusedMultiplyAdd(row, k1, b1);
                row = Vector256.Create(q[(2 * head) + i]);
                c0 = Vector256.FusedMultiplyAdd(row, k0, c0);
                c1 = Vector256.FusedMultiplyAdd(row, k1, c1);
                row = Vector256.Create(q[(3 * head) + i]);
                d0 = Vector256.FusedMultiplyAdd(row, k0, d0);
                d1 = Vector256.FusedMultiplyAdd(row, k1, d1);
            }

            a0.Store(scores);
            a1.Store(scores + 8);
            b0.Store(scores + 64);
            b1.Store(scores + 72);
            c0.Store(scores + 128);
            c1.Store(scores + 136);
            d0.Store(scores + 192);
            d1.Store(scores + 200);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override float Softmax(float* scores, ref float max, ref float total)
    {
        Vector256<float> most = Vector256.Create(max);
        for (int k = 0; k < KeyBlock; k += 8)
        {
            most = Vector256.Max(most, Vector256.Load(scores + k));
        }

        float next = Largest(most);
        Vector256<float> sum = default;
        for (int k = 0; k < KeyBlock; k += 8)
        {
            Vector256<float> e = Exp(Vector256.Load(scores + k) - Vector256.Create(next));
            e.Store(scores + k);
            sum += e;
        }

        float factor = MathF.Exp(max - next);
        max = next;
        total = (total * factor) + Vector256.Sum(sum);
        return factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AddValues(float* p, float* factors, float* values, int keys, int head, float* sums, int stride)
    {
        for (int at = 0; at < head; at += 16)
        {
            for (int r = 0; r < QueryRows; r += 2)
            {
                float* s0 = sums + (r * stride) + at, s1 = s0 + stride, p0 = p + (r * KeyBlock), p1 = p0 + KeyBlock;
                Vector256<float> a0 = Vector256.Load(s0) * factors[r], a1 = Vector256.Load(s0 + 8) * factors[r];
                Vector256<float> b0 = Vector256.Load(s1) * factors[r + 1], b1 = Vector256.Load(s1 + 8) * factors[r + 1];
                float* v = values + at;
                for (int k = 0; k < keys; k++, v += head)
                {
                    Vector256<float> v0 = Vector256.Load(v), v1 = Vector256.Load(v + 8), row = Vector256.Create(p0[k]);
                    a0 = Vector256.FusedMultiplyAdd(row, v0, a0);
                    a1 = Vector256.FusedMultiplyAdd(row, v1, a1);
                    row = Vector256.Create(p1[k]);
                    b0 = Vector256.FusedMultiplyAdd(row, v0, b0);
                    b1 = Vector256.FusedMultiplyAdd(row, v1, b1);
                }

                a0.Store(s0);
                a1.Store(s0 + 8);
                b0.Store(s1);
                b1.Store(s1 + 8);
            }
        }
    }

    // As Avx512FloatKernels.Exp.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> x)
    {
        Vector256<float> clamped = Vector256.Max(Vector256.Min(x, Vector256.Create(88.3f)), Vector256.Create(-87.3f));
        Vector256<float> n = Avx.RoundToNearestInteger(clamped * 1.44269504f);
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), clamped);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        Vector256<float> p = Vector256.Create(1.9875691500e-4f);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        p = Vector256.FusedMultiplyAdd(p, r * r, r + Vector256.Create(1f));
        Vector256<float> power = ((Avx.ConvertToVector256Int32(n) + Vector256.Create(127)) << 23).AsSingle();
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(-87.3f)), default, p * power);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector256<float> v)
    {
        Vector128<float> four = Vector128.Max(v.GetLower(), v.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
