using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Llm.Kernels;

/// <summary>8-bit tiles on 256-bit vectors.</summary>
sealed unsafe partial class Avx2TileKernels<TDot>
{
    // 8 rows x 4 tokens: half a tile, half a group.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightLanes<TMinimum>(byte* w, TileInput x, int half, int lane, TileOutput y) where TMinimum : struct, IMinimum
    {
        int header = TMinimum.Stored ? 64 : 32;
        sbyte* q = x.Quants + (lane * 4);
        float* d = x.Scales + lane, s = x.Sums + lane;
        byte* p = w + header + (half * 32);
        byte* scales = w + (half * 16);
        Vector256<byte> low = Vector256.Create((byte)15);
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default;
        for (int b = 0; b < x.Blocks; b++, p += header + 512, scales += header + 512, q += 256, d += 8, s += 8)
        {
            Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, h0 = default, h1 = default, h2 = default, h3 = default;
            for (int j = 0; j < 8; j++)
            {
                Vector256<byte> weights = Vector256.Load(p + (j * 64));
                sbyte* v = q + (j * 32);
                if (TDot.TakesBytes)
                {
                    a0 = TDot.Add(a0, weights, Broadcast(v));
                    a1 = TDot.Add(a1, weights, Broadcast(v + 4));
                    a2 = TDot.Add(a2, weights, Broadcast(v + 8));
                    a3 = TDot.Add(a3, weights, Broadcast(v + 12));
                    continue;
                }

                Vector256<byte> lower = weights & low, upper = (weights.AsUInt16() >>> 4).AsByte() & low;
                a0 = TDot.Add(a0, lower, Broadcast(v));
                h0 = TDot.Add(h0, upper, Broadcast(v));
                a1 = TDot.Add(a1, lower, Broadcast(v + 4));
                h1 = TDot.Add(h1, upper, Broadcast(v + 4));
                a2 = TDot.Add(a2, lower, Broadcast(v + 8));
                h2 = TDot.Add(h2, upper, Broadcast(v + 8));
                a3 = TDot.Add(a3, lower, Broadcast(v + 12));
                h3 = TDot.Add(h3, upper, Broadcast(v + 12));
            }

            Vector256<float> scale = Halves(scales), minimum = TMinimum.Stored ? Halves(scales + 32) : scale * -128f;
            c0 = Join((TDot.TakesBytes ? a0 : TDot.Widen(a0, 1) + TDot.Widen(h0, 16)), scale, minimum, d[0], s[0], c0);
            c1 = Join((TDot.TakesBytes ? a1 : TDot.Widen(a1, 1) + TDot.Widen(h1, 16)), scale, minimum, d[1], s[1], c1);
            c2 = Join((TDot.TakesBytes ? a2 : TDot.Widen(a2, 1) + TDot.Widen(h2, 16)), scale, minimum, d[2], s[2], c2);
            c3 = Join((TDot.TakesBytes ? a3 : TDot.Widen(a3, 1) + TDot.Widen(h3, 16)), scale, minimum, d[3], s[3], c3);
        }

        Store(y, half, lane, c0, c1, c2, c3);
    }
}
