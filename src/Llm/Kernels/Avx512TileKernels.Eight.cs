using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.X86.Avx512BW;

namespace Jmlr.Llm.Kernels;

/// <summary>AVX-512, 8 bits: each weight is taken as two nibbles, lower + 16 x upper, so that the int16 sums of the 4-bit kernels hold here too.</summary>
sealed unsafe partial class Avx512TileKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightLanes<TMinimum>(byte* w, TileInput x, TileOutput y) where TMinimum : struct, IMinimum
    {
        int header = TMinimum.Stored ? 64 : 32;
        sbyte* q = x.Quants;
        float* d = x.Scales, s = x.Sums;
        Vector512<byte> low = Vector512.Create((byte)15);
        Vector512<short> one = Vector512.Create((short)1);
        Vector512<short> sixteen = Vector512.Create((short)16);
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (int b = 0; b < x.Blocks; b++, w += header + 512, q += 256, d += 8, s += 8)
        {
            Vector512<short> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
            Vector512<short> h0 = default, h1 = default, h2 = default, h3 = default, h4 = default, h5 = default, h6 = default, h7 = default;
            byte* p = w + header;
            sbyte* v = q;
            for (int j = 0; j < 8; j++, p += 64, v += 32)
            {
                Vector512<byte> weights = Vector512.Load(p);
                Vector512<byte> lower = weights & low, upper = (weights.AsUInt16() >>> 4).AsByte() & low;
                Vector512<sbyte> v0 = Broadcast(v);
                a0 += MultiplyAddAdjacent(lower, v0);
                h0 += MultiplyAddAdjacent(upper, v0);
                Vector512<sbyte> v1 = Broadcast(v + 4);
                a1 += MultiplyAddAdjacent(lower, v1);
                h1 += MultiplyAddAdjacent(upper, v1);
                Vector512<sbyte> v2 = Broadcast(v + 8);
                a2 += MultiplyAddAdjacent(lower, v2);
                h2 += MultiplyAddAdjacent(upper, v2);
                Vector512<sbyte> v3 = Broadcast(v + 12);
                a3 += MultiplyAddAdjacent(lower, v3);
                h3 += MultiplyAddAdjacent(upper, v3);
                Vector512<sbyte> v4 = Broadcast(v + 16);
                a4 += MultiplyAddAdjacent(lower, v4);
                h4 += MultiplyAddAdjacent(upper, v4);
                Vector512<sbyte> v5 = Broadcast(v + 20);
                a5 += MultiplyAddAdjacent(lower, v5);
                h5 += MultiplyAddAdjacent(upper, v5);
                Vector512<sbyte> v6 = Broadcast(v + 24);
                a6 += MultiplyAddAdjacent(lower, v6);
                h6 += MultiplyAddAdjacent(upper, v6);
                Vector512<sbyte> v7 = Broadcast(v + 28);
                a7 += MultiplyAddAdjacent(lower, v7);
                h7 += MultiplyAddAdjacent(upper, v7);
            }

            Vector512<float> scale = Halves(w);
            Vector512<float> minimum = TMinimum.Stored ? Halves(w + 32) : scale * -128f;
            c0 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a0, one) + MultiplyAddAdjacent(h0, sixteen)), scale * Vector512.Create(d[0]), c0);
            c0 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[0]), c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a1, one) + MultiplyAddAdjacent(h1, sixteen)), scale * Vector512.Create(d[1]), c1);
            c1 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[1]), c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a2, one) + MultiplyAddAdjacent(h2, sixteen)), scale * Vector512.Create(d[2]), c2);
            c2 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[2]), c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a3, one) + MultiplyAddAdjacent(h3, sixteen)), scale * Vector512.Create(d[3]), c3);
            c3 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[3]), c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a4, one) + MultiplyAddAdjacent(h4, sixteen)), scale * Vector512.Create(d[4]), c4);
            c4 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[4]), c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a5, one) + MultiplyAddAdjacent(h5, sixteen)), scale * Vector512.Create(d[5]), c5);
            c5 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[5]), c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a6, one) + MultiplyAddAdjacent(h6, sixteen)), scale * Vector512.Create(d[6]), c6);
            c6 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[6]), c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a7, one) + MultiplyAddAdjacent(h7, sixteen)), scale * Vector512.Create(d[7]), c7);
            c7 = Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s[7]), c7);
        }

        Store(y, c0, c1, c2, c3, c4, c5, c6, c7);
    }
}
