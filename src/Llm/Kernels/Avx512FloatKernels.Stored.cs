using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// AVX-512 attention of a few rows, as in decoding: keys and values are widened in registers, where they are used. Every sum is added in the order of
/// <see cref="Scores"/> and <see cref="AddValues"/>, so the bits are the same.
/// </summary>
sealed unsafe partial class Avx512FloatKernels
{
    internal override bool ReadsStored(KeyValueFormat format) => format is KeyValueFormat.Half or KeyValueFormat.Q8;

    internal override void FetchStored(StoredTiles tiles)
    {
        for (long at = 0; at < tiles.TileBytes * (KeyBlock / KeyTile); at += 64)
        {
            Sse.Prefetch0(tiles.First + at);
        }
    }

    internal override void ScoresStored(float* q, int rows, StoredTiles keys, int head, float* scores)
    {
        switch (keys.Format, rows)
        {
            case (KeyValueFormat.Half, 1):
                ScoresOfOne<StoredHalves>(q, keys.First, keys.TileBytes, head, scores, keys.Ahead);
                break;
            case (KeyValueFormat.Half, _):
                ScoresOfFour<StoredHalves>(q, keys.First, keys.TileBytes, head, scores, keys.Ahead);
                break;
            case (_, 1):
                ScoresOfOne<StoredQuants>(q, keys.First, keys.TileBytes, head, scores, keys.Ahead);
                break;
            default:
                ScoresOfFour<StoredQuants>(q, keys.First, keys.TileBytes, head, scores, keys.Ahead);
                break;
        }
    }

    internal override void AddStoredValues(float* p, float* factors, int rows, StoredTiles values, int keys, int head, float* sums, int stride)
    {
        for (int row = 0; row < rows; row++, p += KeyBlock, sums += stride)
        {
            if (values.Format == KeyValueFormat.Half)
            {
                AddStored<StoredHalves>(p, factors[row], values.First, values.TileBytes, keys, head, sums, values.Ahead);
            }
            else
            {
                AddStored<StoredQuants>(p, factors[row], values.First, values.TileBytes, keys, head, sums, values.Ahead);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoresOfOne<T>(float* q, byte* keys, long tile, int head, float* scores, byte* ahead) where T : struct, IStored
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        byte* scales = keys + (KeyTile * head);
        for (int first = 0; first < head; first += TileFormats.Block, scales += KeyTile * sizeof(ushort))
        {
            Vector512<float> s0 = T.Scales(scales), s1 = T.Scales(scales + tile), s2 = T.Scales(scales + (2 * tile)), s3 = T.Scales(scales + (3 * tile));
            int end = Math.Min(first + TileFormats.Block, head);
            for (int i = first; i < end; i++, keys += KeyTile * T.Bytes, ahead += KeyBlock * T.Bytes)
            {
                Fetch<T>(ahead);
                Vector512<float> row = Vector512.Create(q[i]);
                a0 = Vector512.FusedMultiplyAdd(row, T.Widen(keys, s0), a0);
                a1 = Vector512.FusedMultiplyAdd(row, T.Widen(keys + tile, s1), a1);
                a2 = Vector512.FusedMultiplyAdd(row, T.Widen(keys + (2 * tile), s2), a2);
                a3 = Vector512.FusedMultiplyAdd(row, T.Widen(keys + (3 * tile), s3), a3);
            }
        }

        Store(scores, a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoresOfFour<T>(float* q, byte* keys, long tile, int head, float* scores, byte* ahead) where T : struct, IStored
    {
        float* q1 = q + head, q2 = q1 + head, q3 = q2 + head;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        byte* scales = keys + (KeyTile * head);
        for (int first = 0; first < head; first += TileFormats.Block, scales += KeyTile * sizeof(ushort))
        {
            Vector512<float> s0 = T.Scales(scales), s1 = T.Scales(scales + tile), s2 = T.Scales(scales + (2 * tile)), s3 = T.Scales(scales + (3 * tile));
            int end = Math.Min(first + TileFormats.Block, head);
            for (int i = first; i < end; i++, keys += KeyTile * T.Bytes, ahead += KeyBlock * T.Bytes)
            {
                Fetch<T>(ahead);
                Vector512<float> k0 = T.Widen(keys, s0), k1 = T.Widen(keys + tile, s1), k2 = T.Widen(keys + (2 * tile), s2), k3 = T.Widen(keys + (3 * tile), s3);
                Vector512<float> row = Vector512.Create(q[i]);
                a0 = Vector512.FusedMultiplyAdd(row, k0, a0);
                a1 = Vector512.FusedMultiplyAdd(row, k1, a1);
                a2 = Vector512.FusedMultiplyAdd(row, k2, a2);
                a3 = Vector512.FusedMultiplyAdd(row, k3, a3);
                row = Vector512.Create(q1[i]);
                b0 = Vector512.FusedMultiplyAdd(row, k0, b0);
                b1 = Vector512.FusedMultiplyAdd(row, k1, b1);
                b2 = Vector512.FusedMultiplyAdd(row, k2, b2);
                b3 = Vector512.FusedMultiplyAdd(row, k3, b3);
                row = Vector512.Create(q2[i]);
                c0 = Vector512.FusedMultiplyAdd(row, k0, c0);
                c1 = Vector512.FusedMultiplyAdd(row, k1, c1);
                c2 = Vector512.FusedMultiplyAdd(row, k2, c2);
                c3 = Vector512.FusedMultiplyAdd(row, k3, c3);
                row = Vector512.Create(q3[i]);
                d0 = Vector512.FusedMultiplyAdd(row, k0, d0);
                d1 = Vector512.FusedMultiplyAdd(row, k1, d1);
                d2 = Vector512.FusedMultiplyAdd(row, k2, d2);
                d3 = Vector512.FusedMultiplyAdd(row, k3, d3);
            }
        }

        Store(scores, a0, a1, a2, a3);
        Store(scores + 64, b0, b1, b2, b3);
        Store(scores + 128, c0, c1, c2, c3);
        Store(scores + 192, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStored<T>(float* p, float factor, byte* values, long tile, int keys, int head, float* sums, byte* ahead) where T : struct, IStored
    {
        Vector512<float> f = Vector512.Create(factor);
        int blocks = (head + TileFormats.Block - 1) / TileFormats.Block, at = 0;
        for (; at + 64 <= head; at += 64)
        {
            float* y = sums + at;
            Vector512<float> a0 = Vector512.Load(y) * f, a1 = Vector512.Load(y + 16) * f, a2 = Vector512.Load(y + 32) * f, a3 = Vector512.Load(y + 48) * f;
            for (int k = 0; k < keys; k++)
            {
                byte* first = values + (k / KeyTile * tile), row = first + (((k % KeyTile * head) + at) * T.Bytes);
                ushort* scales = (ushort*)(first + (KeyTile * head)) + (k % KeyTile * blocks) + (at / TileFormats.Block);
                Fetch<T>(ahead + (row - values));
                Vector512<float> weight = Vector512.Create(p[k]), s0 = T.Scale(scales), s1 = T.Scale(scales + 1);
                a0 = Vector512.FusedMultiplyAdd(weight, T.Widen(row, s0), a0);
                a1 = Vector512.FusedMultiplyAdd(weight, T.Widen(row + (16 * T.Bytes), s0), a1);
                a2 = Vector512.FusedMultiplyAdd(weight, T.Widen(row + (32 * T.Bytes), s1), a2);
                a3 = Vector512.FusedMultiplyAdd(weight, T.Widen(row + (48 * T.Bytes), s1), a3);
            }

            Store(y, a0, a1, a2, a3);
        }

        for (; at < head; at += 16)
        {
            Vector512<float> sum = Vector512.Load(sums + at) * f;
            for (int k = 0; k < keys; k++)
            {
                byte* first = values + (k / KeyTile * tile);
                Vector512<float> scale = T.Scale((ushort*)(first + (KeyTile * head)) + (k % KeyTile * blocks) + (at / TileFormats.Block));
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(p[k]), T.Widen(first + (((k % KeyTile * head) + at) * T.Bytes), scale), sum);
            }

            sum.Store(sums + at);
        }
    }

    // Asks for the 64 elements at a place. The pieces of a head are too short for the processor's own reading ahead: without this decoding reads them at a third of the bandwidth.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<T>(byte* at) where T : struct, IStored
    {
        if (T.Bytes <= 2)
        {
            Sse.Prefetch0(at);
        }

        if (T.Bytes == 2)
        {
            Sse.Prefetch0(at + 64);
        }
    }

    /// <summary>16 elements of fp16, finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Single(Vector512<int> halves) =>
        ((halves << 13) & Vector512.Create(unchecked((int)0x8FFF_E000))).AsSingle() * 5.192296858534828e33f;

    /// <summary>How a tile holds its elements.</summary>
    private interface IStored
    {
        /// <summary>Bytes of an element.</summary>
        static abstract int Bytes { get; }

        /// <summary>16 elements times their scales.</summary>
        static abstract Vector512<float> Widen(byte* at, Vector512<float> scale);

        /// <summary>The scales of 16 keys.</summary>
        static abstract Vector512<float> Scales(byte* at);

        /// <summary>The scale of a block of values, in all places.</summary>
        static abstract Vector512<float> Scale(ushort* at);
    }

    private readonly struct StoredFloats : IStored
    {
        public static int Bytes => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Widen(byte* at, Vector512<float> scale) => Vector512.Load((float*)at);

        public static Vector512<float> Scales(byte* at) => default;

        public static Vector512<float> Scale(ushort* at) => default;
    }

    private readonly struct StoredHalves : IStored
    {
        public static int Bytes => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Widen(byte* at, Vector512<float> scale) => Single(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)at)));

        public static Vector512<float> Scales(byte* at) => default;

        public static Vector512<float> Scale(ushort* at) => default;
    }

    private readonly struct StoredQuants : IStored
    {
        public static int Bytes => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Widen(byte* at, Vector512<float> scale) => Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)at))) * scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Scales(byte* at) => Single(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)at)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Scale(ushort* at) => Single(Vector512.Create((int)(short)*at));
    }
}
