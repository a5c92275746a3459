using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Llm.Kernels;

/// <summary>4 bits, one token: bound by memory, so four tiles are read side by side, both halves at once.</summary>
sealed unsafe partial class Avx2TileKernels<TDot>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourOne<TMinimum>(byte* w, TileInput x, float* y) where TMinimum : struct, IMinimum
    {
        sbyte* q = x.Quants;
        Vector256<float> lower = default, upper = default;
        for (int b = 0; b < x.Blocks; b++, w += Header<TMinimum>() + 256, q += 32)
        {
            lower = FourBlock<TMinimum>(w, 0, q, x.Scales[b], x.Sums[b], lower);
            upper = FourBlock<TMinimum>(w, 1, q, x.Scales[b], x.Sums[b], upper);
        }

        lower.Store(y);
        upper.Store(y + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourOneStreams<TMinimum>(TileStreams tiles, int first, TileInput x) where TMinimum : struct, IMinimum
    {
        byte* w0 = tiles.Weights(first), w1 = w0 + tiles.Gap, w2 = w1 + tiles.Gap, w3 = w2 + tiles.Gap;
        sbyte* q = x.Quants;
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (int b = 0; b < x.Blocks; b++, q += 32)
        {
            TileStreams.Fetch(w0);
            TileStreams.Fetch(w1);
            TileStreams.Fetch(w2);
            TileStreams.Fetch(w3);
            float d = x.Scales[b], s = x.Sums[b];
            a0 = FourBlock<TMinimum>(w0, 0, q, d, s, a0);
            b0 = FourBlock<TMinimum>(w0, 1, q, d, s, b0);
            a1 = FourBlock<TMinimum>(w1, 0, q, d, s, a1);
            b1 = FourBlock<TMinimum>(w1, 1, q, d, s, b1);
            a2 = FourBlock<TMinimum>(w2, 0, q, d, s, a2);
            b2 = FourBlock<TMinimum>(w2, 1, q, d, s, b2);
            a3 = FourBlock<TMinimum>(w3, 0, q, d, s, a3);
            b3 = FourBlock<TMinimum>(w3, 1, q, d, s, b3);
            w0 += Header<TMinimum>() + 256;
            w1 += Header<TMinimum>() + 256;
            w2 += Header<TMinimum>() + 256;
            w3 += Header<TMinimum>() + 256;
        }

        a0.Store(tiles.Rows(first));
        b0.Store(tiles.Rows(first) + 8);
        a1.Store(tiles.Rows(first + 1));
        b1.Store(tiles.Rows(first + 1) + 8);
        a2.Store(tiles.Rows(first + 2));
        b2.Store(tiles.Rows(first + 2) + 8);
        a3.Store(tiles.Rows(first + 3));
        b3.Store(tiles.Rows(first + 3) + 8);
    }

    // 8 rows x 32 columns of one token.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FourBlock<TMinimum>(byte* w, int half, sbyte* q, float d, float s, Vector256<float> sum) where TMinimum : struct, IMinimum
    {
        byte* p = w + Header<TMinimum>() + (half * 32);
        Vector256<byte> low = Vector256.Create((byte)15);
        Vector256<int> a = default, h = default;
        for (int j = 0; j < 4; j++)
        {
            Vector256<byte> weights = Vector256.Load(p + (j * 64));
            a = TDot.Add(a, weights & low, Broadcast(q + (j * 4)));
            h = TDot.Add(h, (weights.AsUInt16() >>> 4).AsByte() & low, Broadcast(q + 16 + (j * 4)));
        }

        Vector256<float> scale = Halves(w + (half * 16)), minimum = TMinimum.Stored ? Halves(w + 32 + (half * 16)) : scale * -8f;
        return Join(TDot.Widen(a, 1) + TDot.Widen(h, 1), scale, minimum, d, s, sum);
    }
}
