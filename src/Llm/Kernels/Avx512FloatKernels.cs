using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Llm.Matrices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Kernels;

/// <summary>AVX-512 versions of the elementwise kernels; a tail that fills no vector goes to the plain twin.</summary>
sealed unsafe partial class Avx512FloatKernels : FloatKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void RmsNorm(float* x, float* weight, float epsilon, float* y, int n)
    {
        if (n % 16 != 0)
        {
            base.RmsNorm(x, weight, epsilon, y, n);
            return;
        }

        Vector512<float> squares = default;
        for (int i = 0; i < n; i += 16)
        {
            Vector512<float> v = Vector512.Load(x + i);
            squares = Vector512.FusedMultiplyAdd(v, v, squares);
        }

        Vector512<float> scale = Vector512.Create(1 / MathF.Sqrt((Vector512.Sum(squares) / n) + epsilon));
        for (int i = 0; i < n; i += 16)
        {
            (Vector512.Load(x + i) * scale * Vector512.Load(weight + i)).Store(y + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Add(float* x, float* y, int n)
    {
        int i = 0;
        for (; i + 16 <= n; i += 16)
        {
            (Vector512.Load(x + i) + Vector512.Load(y + i)).Store(x + i);
        }

        base.Add(x + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void SiluMultiply(float* gate, float* up, float* y, int n)
    {
        int i = 0;
        Vector512<float> one = Vector512.Create(1f);
        for (; i + 16 <= n; i += 16)
        {
            Vector512<float> g = Vector512.Load(gate + i);
            (g / (one + Exp(-g)) * Vector512.Load(up + i)).Store(y + i);
        }

        base.SiluMultiply(gate + i, up + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Rotate(float* head, float* cos, float* sin, int half, float scale)
    {
        int i = 0;
        Vector512<float> all = Vector512.Create(scale);
        for (; i + 16 <= half; i += 16)
        {
            Vector512<float> a = Vector512.Load(head + i), b = Vector512.Load(head + half + i);
            Vector512<float> c = Vector512.Load(cos + i), s = Vector512.Load(sin + i);
            (((a * c) - (b * s)) * all).Store(head + i);
            (((b * c) + (a * s)) * all).Store(head + half + i);
        }

        for (; i < half; i++)
        {
            float a = head[i], b = head[i + half];
            head[i] = ((a * cos[i]) - (b * sin[i])) * scale;
            head[i + half] = ((b * cos[i]) + (a * sin[i])) * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Quantise(float* x, int columns, sbyte* quants, float* scales, float* sums, int lanes)
    {
        int stride = lanes * 4;
        for (int b = 0; b < columns / TileFormats.Block; b++, x += TileFormats.Block, quants += 8 * stride)
        {
            Vector512<float> a = Vector512.Load(x), c = Vector512.Load(x + 16);
            float largest = MathF.Max(0, Largest(Vector512.Max(Vector512.Abs(a), Vector512.Abs(c))));
            Vector512<float> inverse = Vector512.Create(largest > 0 ? 127 / largest : 0);
            Vector512<int> qa = Avx512F.ConvertToVector512Int32(a * inverse), qc = Avx512F.ConvertToVector512Int32(c * inverse);
            float d = largest / 127;
            scales[b * lanes] = d;
            sums[b * lanes] = d * Vector512.Sum(qa + qc);
            Vector128<int> ba = Avx512F.ConvertToVector128SByte(qa).AsInt32(), bc = Avx512F.ConvertToVector128SByte(qc).AsInt32();
            if (lanes == 1)
            {
                ba.Store((int*)quants);
                bc.Store((int*)quants + 4);
                continue;
            }

            for (int j = 0; j < 4; j++)
            {
                *(int*)(quants + (j * stride)) = ba[j];
                *(int*)(quants + ((j + 4) * stride)) = bc[j];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Narrow(float* x, ushort* y, int n)
    {
        int i = 0;
        Vector512<float> limit = Vector512.Create(65504f);
        for (; i + 16 <= n; i += 16)
        {
            Vector512<float> v = Vector512.Max(Vector512.Min(Vector512.Load(x + i), limit), -limit);
            Vector512<int> sign = (v.AsInt32() >> 16) & Vector512.Create(0x8000);

            // 2^-112 puts the exponent where fp16 wants it and makes the subnormals; then the lower 13 bits are rounded away to even.
            Vector512<int> bits = (Vector512.Abs(v) * 1.925929944387236e-34f).AsInt32();
            bits = (bits + Vector512.Create(0xFFF) + ((bits >> 13) & Vector512<int>.One)) >> 13;
            Avx512F.ConvertToVector256UInt16((bits | sign).AsUInt32()).Store(y + i);
        }

        base.Narrow(x + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Widen(ushort* x, float* y, int n)
    {
        int i = 0;
        for (; i + 16 <= n; i += 16)
        {
            Single(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)x + i))).Store(y + i);
        }

        base.Widen(x + i, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void WidenKeys(sbyte* quants, ushort* scales, float* y, int head)
    {
        Vector512<float> scale = default;
        for (int i = 0; i < head; i++, quants += KeyTile, y += KeyTile)
        {
            if (i % TileFormats.Block == 0)
            {
                scale = Single(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)scales + (i / TileFormats.Block * KeyTile))));
            }

            (Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(quants))) * scale).Store(y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void WidenValues(sbyte* quants, ushort* scales, float* y, int head)
    {
        for (int token = 0; token < KeyTile; token++)
        {
            Vector512<float> scale = default;
            for (int i = 0; i < head; i += 16, quants += 16, y += 16)
            {
                scale = i % TileFormats.Block == 0 ? Vector512.Create(HalfFloats.Widen(*scales++)) : scale;
                (Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(quants))) * scale).Store(y);
            }
        }
    }

    /// <summary>exp with a relative error below 2e-7: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2]; below -87.3 it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> clamped = Vector512.Max(Vector512.Min(x, Vector512.Create(88.3f)), Vector512.Create(-87.3f));
        Vector512<float> n = Avx512F.RoundScale(clamped * 1.44269504f, 0);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        Vector512<float> p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512.Create(1f));
        Vector512<float> power = (Avx512F.ConvertToVector512Int32(n) + Vector512.Create(127) << 23).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87.3f)), default, p * power);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector512<float> v)
    {
        Vector256<float> eight = Vector256.Max(v.GetLower(), v.GetUpper());
        Vector128<float> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
