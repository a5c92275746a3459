using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Llm.Kernels;

/// <summary>4-bit tiles on 256-bit vectors.</summary>
sealed unsafe partial class Avx2TileKernels<TDot>
{
    // 8 rows x 4 tokens: half a tile, half a group.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourLanes<TMinimum>(byte* w, TileInput x, int half, int lane, TileOutput y) where TMinimum : struct, IMinimum
    {
        int header = TMinimum.Stored ? 64 : 32;
        sbyte* q = x.Quants + (lane * 4);
        float* d = x.Scales + lane, s = x.Sums + lane;
        byte* p = w + header + (half * 32);
        byte* scales = w + (half * 16);
        Vector256<byte> low = Vector256.Create((byte)15);
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default;
        for (int b = 0; b < x.Blocks; b++, p += header + 256, scales += header + 256, q += 256, d += 8, s += 8)
        {
            Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default;
            for (int j = 0; j < 4; j++)
            {
                Vector256<byte> weights = Vector256.Load(p + (j * 64));
                sbyte* v = q + (j * 32);
                Vector256<byte> lower = weights & low, upper = (weights.AsUInt16() >>> 4).AsByte() & low;
                a0 = TDot.Add(TDot.Add(a0, lower, Broadcast(v)), upper, Broadcast(v + 128));
                a1 = TDot.Add(TDot.Add(a1, lower, Broadcast(v + 4)), upper, Broadcast(v + 132));
                a2 = TDot.Add(TDot.Add(a2, lower, Broadcast(v + 8)), upper, Broadcast(v + 136));
                a3 = TDot.Add(TDot.Add(a3, lower, Broadcast(v + 12)), upper, Broadcast(v + 140));
            }

            Vector256<float> scale = Halves(scales), minimum = TMinimum.Stored ? Halves(scales + 32) : scale * -8f;
            c0 = Join(TDot.Widen(a0, 1), scale, minimum, d[0], s[0], c0);
            c1 = Join(TDot.Widen(a1, 1), scale, minimum, d[1], s[1], c1);
            c2 = Join(TDot.Widen(a2, 1), scale, minimum, d[2], s[2], c2);
            c3 = Join(TDot.Widen(a3, 1), scale, minimum, d[3], s[3], c3);
        }

        Store(y, half, lane, c0, c1, c2, c3);
    }
}
