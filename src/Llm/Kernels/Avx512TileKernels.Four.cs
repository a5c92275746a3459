using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.X86.Avx512BW;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// AVX-512 without VNNI. Unsigned nibbles times signed activations go through <c>vpmaddubsw</c> and are summed in int16 over a block: a pair is at most
/// 2 x 15 x 127 = 3810, eight of them 30480, below 32767.
/// </summary>
sealed unsafe partial class Avx512TileKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourLanes<TMinimum>(byte* w, TileInput x, TileOutput y) where TMinimum : struct, IMinimum
    {
        int header = TMinimum.Stored ? 64 : 32;
        sbyte* q = x.Quants;
        float* d = x.Scales, s = x.Sums;
        Vector512<byte> low = Vector512.Create((byte)15);
        Vector512<short> one = Vector512.Create((short)1);
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (int b = 0; b < x.Blocks; b++, w += header + 256, q += 256, d += 8, s += 8)
        {
            Vector512<short> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
            byte* p = w + header;
            sbyte* v = q;
            for (int j = 0; j < 4; j++, p += 64, v += 32)
            {
                Vector512<byte> weights = Vector512.Load(p);
                Vector512<byte> lower = weights & low, upper = (weights.AsUInt16() >>> 4).AsByte() & low;
                a0 += MultiplyAddAdjacent(lower, Broadcast(v));
                a0 += MultiplyAddAdjacent(upper, Broadcast(v + 128));
                a1 += MultiplyAddAdjacent(lower, Broadcast(v + 4));
                a1 += MultiplyAddAdjacent(upper, Broadcast(v + 132));
                a2 += MultiplyAddAdjacent(lower, Broadcast(v + 8));
                a2 += MultiplyAddAdjacent(upper, Broadcast(v + 136));
                a3 += MultiplyAddAdjacent(lower, Broadcast(v + 12));
                a3 += MultiplyAddAdjacent(upper, Broadcast(v + 140));
                a4 += MultiplyAddAdjacent(lower, Broadcast(v + 16));
                a4 += MultiplyAddAdjacent(upper, Broadcast(v + 144));
                a5 += MultiplyAddAdjacent(lower, Broadcast(v + 20));
                a5 += MultiplyAddAdjacent(upper, Broadcast(v + 148));
                a6 += MultiplyAddAdjacent(lower, Broadcast(v + 24));
                a6 += MultiplyAddAdjacent(upper, Broadcast(v + 152));
                a7 += MultiplyAddAdjacent(lower, Broadcast(v + 28));
                a7 += MultiplyAddAdjacent(upper, Broadcast(v + 156));
            }

            Vector512<float> scale = Halves(w);
            Vector512<float> minimum = TMinimum.Stored ? Halves(w + 32) : scale * -8f;
            c0 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a0, one)), scale * Vector512.Create(d[0]), c0);
            c0 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[0]), c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a1, one)), scale * Vector512.Create(d[1]), c1);
            c1 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[1]), c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a2, one)), scale * Vector512.Create(d[2]), c2);
            c2 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[2]), c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a3, one)), scale * Vector512.Create(d[3]), c3);
            c3 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[3]), c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a4, one)), scale * Vector512.Create(d[4]), c4);
            c4 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[4]), c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a5, one)), scale * Vector512.Create(d[5]), c5);
            c5 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[5]), c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a6, one)), scale * Vector512.Create(d[6]), c6);
            c6 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[6]), c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a7, one)), scale * Vector512.Create(d[7]), c7);
            c7 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[7]), c7);
        }

        Store(y, c0, c1, c2, c3, c4, c5, c6, c7);
    }
}
