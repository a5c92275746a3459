using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.X86.Avx512BW;

namespace Jmlr.Llm.Kernels;

/// <summary>AVX-512, 8 bits, one token: bound by memory, so eight tiles are read side by side.</summary>
sealed unsafe partial class Avx512TileKernels
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightOne<TMinimum>(byte* w, TileInput x, float* y) where TMinimum : struct, IMinimum
    {
        sbyte* q = x.Quants;
        Vector512<float> sum = default;
        for (int b = 0; b < x.Blocks; b++, w += Header<TMinimum>() + 512, q += 32)
        {
            TileStreams.Fetch(w + TileStreams.FurtherAhead);
            TileStreams.Fetch(w + TileStreams.FurtherAhead + 256);
            Vector512<sbyte> v0 = Broadcast(q);
            Vector512<sbyte> v1 = Broadcast(q + 4);
            Vector512<sbyte> v2 = Broadcast(q + 8);
            Vector512<sbyte> v3 = Broadcast(q + 12);
            Vector512<sbyte> v4 = Broadcast(q + 16);
            Vector512<sbyte> v5 = Broadcast(q + 20);
            Vector512<sbyte> v6 = Broadcast(q + 24);
            Vector512<sbyte> v7 = Broadcast(q + 28);
            sum = EightBlock<TMinimum>(w, v0, v1, v2, v3, v4, v5, v6, v7, x.Scales[b], x.Sums[b], sum);
        }

        sum.Store(y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightOneStreams<TMinimum>(TileStreams tiles, TileInput x) where TMinimum : struct, IMinimum
    {
        byte* w0 = tiles.Weights(0), w4 = tiles.Weights(4);
        long gap = tiles.Gap;
        sbyte* q = x.Quants;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (int b = 0; b < x.Blocks; b++, q += 32)
        {
            float d = x.Scales[b], s = x.Sums[b];
            byte* w1 = w0 + gap, w2 = w1 + gap, w3 = w2 + gap, w5 = w4 + gap, w6 = w5 + gap, w7 = w6 + gap;
            TileStreams.Fetch(w0);
            TileStreams.Fetch(w0 + 256);
            TileStreams.Fetch(w1);
            TileStreams.Fetch(w1 + 256);
            TileStreams.Fetch(w2);
            TileStreams.Fetch(w2 + 256);
            TileStreams.Fetch(w3);
            TileStreams.Fetch(w3 + 256);
            TileStreams.Fetch(w4);
            TileStreams.Fetch(w4 + 256);
            TileStreams.Fetch(w5);
            TileStreams.Fetch(w5 + 256);
            TileStreams.Fetch(w6);
            TileStreams.Fetch(w6 + 256);
            TileStreams.Fetch(w7);
            TileStreams.Fetch(w7 + 256);
            Vector512<sbyte> v0 = Broadcast(q);
            Vector512<sbyte> v1 = Broadcast(q + 4);
            Vector512<sbyte> v2 = Broadcast(q + 8);
            Vector512<sbyte> v3 = Broadcast(q + 12);
            Vector512<sbyte> v4 = Broadcast(q + 16);
            Vector512<sbyte> v5 = Broadcast(q + 20);
            Vector512<sbyte> v6 = Broadcast(q + 24);
            Vector512<sbyte> v7 = Broadcast(q + 28);
            c0 = EightBlock<TMinimum>(w0, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c0);
            c1 = EightBlock<TMinimum>(w1, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c1);
            c2 = EightBlock<TMinimum>(w2, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c2);
            c3 = EightBlock<TMinimum>(w3, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c3);
            c4 = EightBlock<TMinimum>(w4, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c4);
            c5 = EightBlock<TMinimum>(w5, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c5);
            c6 = EightBlock<TMinimum>(w6, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c6);
            c7 = EightBlock<TMinimum>(w7, v0, v1, v2, v3, v4, v5, v6, v7, d, s, c7);
            w0 += Header<TMinimum>() + 512;
            w4 += Header<TMinimum>() + 512;
        }

        c0.Store(tiles.Rows(0));
        c1.Store(tiles.Rows(1));
        c2.Store(tiles.Rows(2));
        c3.Store(tiles.Rows(3));
        c4.Store(tiles.Rows(4));
        c5.Store(tiles.Rows(5));
        c6.Store(tiles.Rows(6));
        c7.Store(tiles.Rows(7));
    }

    // 16 rows x 32 columns of one token: v0 ... v7 are its inputs, four columns in each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> EightBlock<TMinimum>(
        byte* w, Vector512<sbyte> v0, Vector512<sbyte> v1, Vector512<sbyte> v2, Vector512<sbyte> v3, Vector512<sbyte> v4, Vector512<sbyte> v5, Vector512<sbyte> v6, Vector512<sbyte> v7,
        float d, float s, Vector512<float> sum)
        where TMinimum : struct, IMinimum
    {
        byte* p = w + Header<TMinimum>();
        Vector512<byte> low = Vector512.Create((byte)15);
        Vector512<byte> w0 = Vector512.Load(p);
        Vector512<short> a = MultiplyAddAdjacent(w0 & low, v0);
        Vector512<short> h = MultiplyAddAdjacent((w0.AsUInt16() >>> 4).AsByte() & low, v0);
        Vector512<byte> w1 = Vector512.Load(p + 64);
        a += MultiplyAddAdjacent(w1 & low, v1);
        h += MultiplyAddAdjacent((w1.AsUInt16() >>> 4).AsByte() & low, v1);
        Vector512<byte> w2 = Vector512.Load(p + 128);
        a += MultiplyAddAdjacent(w2 & low, v2);
        h += MultiplyAddAdjacent((w2.AsUInt16() >>> 4).AsByte() & low, v2);
        Vector512<byte> w3 = Vector512.Load(p + 192);
        a += MultiplyAddAdjacent(w3 & low, v3);
        h += MultiplyAddAdjacent((w3.AsUInt16() >>> 4).AsByte() & low, v3);
        Vector512<byte> w4 = Vector512.Load(p + 256);
        a += MultiplyAddAdjacent(w4 & low, v4);
        h += MultiplyAddAdjacent((w4.AsUInt16() >>> 4).AsByte() & low, v4);
        Vector512<byte> w5 = Vector512.Load(p + 320);
        a += MultiplyAddAdjacent(w5 & low, v5);
        h += MultiplyAddAdjacent((w5.AsUInt16() >>> 4).AsByte() & low, v5);
        Vector512<byte> w6 = Vector512.Load(p + 384);
        a += MultiplyAddAdjacent(w6 & low, v6);
        h += MultiplyAddAdjacent((w6.AsUInt16() >>> 4).AsByte() & low, v6);
        Vector512<byte> w7 = Vector512.Load(p + 448);
        a += MultiplyAddAdjacent(w7 & low, v7);
        h += MultiplyAddAdjacent((w7.AsUInt16() >>> 4).AsByte() & low, v7);
        Vector512<float> scale = Halves(w);
        Vector512<float> minimum = TMinimum.Stored ? Halves(w + 32) : scale * -128f;
        sum = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(MultiplyAddAdjacent(a, Vector512<short>.One) + MultiplyAddAdjacent(h, Vector512.Create((short)16))), scale * Vector512.Create(d), sum);
        return Vector512.FusedMultiplyAdd(minimum, Vector512.Create(s), sum);
    }
}
