using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Index.Kernels;
using Jmlr.Models.Torch;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>Attention of the heads of one passage over paired bf16 (<see cref="PairedSteps"/>): both products on the matrix units, softmax in fp32 between them, 64 queries at a time.</summary>
sealed unsafe class PairedAttention : IDisposable
{
    /// <summary>Queries of a step: their scores with 128 keys take 32 KB.</summary>
    internal const int Queries = 64;

    private const int Block = PairedSteps.Block, Half = Block / 2;
    private const float Log2E = 1.44269504f;
    private readonly AlignedBuffer<ushort> _keys = new(), _values = new(), _weights = new();
    private readonly AlignedBuffer<float> _scores = new(), _mixed = new(), _inverse = new();

    /// <summary>
    /// Context of <paramref name="tokens"/> tokens of one head. <paramref name="joined"/> points to the head's query of the first; its key and value lie <paramref name="hidden"/> and twice
    /// that further on, the next token 3 * hidden. Query weights hold the factor 1 / sqrt(head). Up to <see cref="Queries"/> rows beyond the last token are read, and their values do not matter.
    /// </summary>
    internal void Compute(ushort* joined, int hidden, int headSize, int tokens, ushort* context)
    {
        int stride = 3 * hidden, padded = (tokens + Block - 1) / Block * Block;
        ushort* keys = _keys.Ensure((long)padded * headSize), values = _values.Ensure((long)padded * headSize), weights = _weights.Ensure((long)Queries * padded);
        float* scores = _scores.Ensure((long)Queries * padded), mixed = _mixed.Ensure((long)Queries * headSize), inverse = _inverse.Ensure(Queries);
        PackKeys(joined + hidden, stride, headSize, padded, (uint*)keys);
        PackValues(joined + (2 * hidden), stride, headSize, tokens, padded, (uint*)values);
        for (int first = 0; first < tokens; first += Queries)
        {
            int rows = Math.Min(Queries, padded - first), real = Math.Min(rows, tokens - first);
            TileProduct.Run(rows, padded, headSize, joined + ((long)first * stride), stride, keys, scores, padded, add: false);
            for (int row = 0; row < real; row++)
            {
                inverse[row] = 1 / Exponentiate(scores + ((long)row * padded), tokens, padded, (uint*)(weights + ((long)row * padded)));
            }

            TileProduct.Run(rows, headSize, padded, weights, padded, values, mixed, headSize, add: false);
            for (int row = 0; row < real; row++)
            {
                Vector512<float> factor = Vector512.Create(inverse[row]);
                float* mix = mixed + (row * headSize);
                ushort* destination = context + ((long)(first + row) * hidden);
                for (int i = 0; i < headSize; i += Block)
                {
                    PairedSteps.Pair(Vector512.Load(mix + i) * factor, Vector512.Load(mix + i + Half) * factor).Store((uint*)(destination + i));
                }
            }
        }
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
        _weights.Dispose();
        _scores.Dispose();
        _mixed.Dispose();
        _inverse.Dispose();
    }

    /// <summary>Key words [padded][head / 2] to [head / 2][padded].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackKeys(ushort* source, int stride, int headSize, int padded, uint* keys)
    {
        Vector512<uint>* quads = stackalloc Vector512<uint>[Half]; // [4 groups of 4 keys][4]
        for (int token = 0; token < padded; token += Half)
        {
            for (int word = 0; word < headSize / 2; word += Half)
            {
                uint* from = (uint*)(source + ((long)token * stride)) + word;
                nint step = stride / 2;
                for (int group = 0; group < 4; group++, from += 4 * step)
                {
                    Vector512<int> r0 = Vector512.Load((int*)from), r1 = Vector512.Load((int*)(from + step)), r2 = Vector512.Load((int*)(from + (2 * step))), r3 = Vector512.Load((int*)(from + (3 * step)));
                    Vector512<long> a = Avx512F.UnpackLow(r0, r1).AsInt64(), b = Avx512F.UnpackHigh(r0, r1).AsInt64(), c = Avx512F.UnpackLow(r2, r3).AsInt64(), d = Avx512F.UnpackHigh(r2, r3).AsInt64();
                    quads[4 * group] = Avx512F.UnpackLow(a, c).AsUInt32();
                    quads[(4 * group) + 1] = Avx512F.UnpackHigh(a, c).AsUInt32();
                    quads[(4 * group) + 2] = Avx512F.UnpackLow(b, d).AsUInt32();
                    quads[(4 * group) + 3] = Avx512F.UnpackHigh(b, d).AsUInt32();
                }

                // Lane l of a quad holds word 4 l + i of four keys.
                uint* to = keys + ((long)word * padded) + token;
                for (int i = 0; i < 4; i++, to += padded)
                {
                    Vector512<uint> even = Avx512F.Shuffle4x128(quads[i], quads[4 + i], 0x44), odd = Avx512F.Shuffle4x128(quads[i], quads[4 + i], 0xEE);
                    Vector512<uint> even2 = Avx512F.Shuffle4x128(quads[8 + i], quads[12 + i], 0x44), odd2 = Avx512F.Shuffle4x128(quads[8 + i], quads[12 + i], 0xEE);
                    Avx512F.Shuffle4x128(even, even2, 0x88).Store(to);
                    Avx512F.Shuffle4x128(even, even2, 0xDD).Store(to + (4 * padded));
                    Avx512F.Shuffle4x128(odd, odd2, 0x88).Store(to + (8 * padded));
                    Avx512F.Shuffle4x128(odd, odd2, 0xDD).Store(to + (12 * padded));
                }
            }
        }
    }

    /// <summary>Values of keys i and i + 16 of 32 together, as the weights are paired: [padded / 2][head][2], columns in their own order; zero beyond <paramref name="tokens"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackValues(ushort* source, int stride, int headSize, int tokens, int padded, uint* values)
    {
        Vector512<uint> upper = Vector512.Create(0xFFFF0000u);
        for (int block = 0; block < padded; block += Block)
        {
            for (int i = block; i < block + Half; i++, values += headSize)
            {
                uint* first = (uint*)(source + ((long)i * stride)), second = (uint*)(source + ((long)(i + Half) * stride));
                for (int word = 0; word < headSize / 2; word += Half)
                {
                    Vector512<uint> a = i < tokens ? Vector512.Load(first + word) : default, b = i + Half < tokens ? Vector512.Load(second + word) : default;
                    Vector512.ConditionalSelect(upper, b << 16, a).Store(values + (2 * word));
                    Vector512.ConditionalSelect(upper, b, a >> 16).Store(values + (2 * word) + Half);
                }
            }
        }
    }

    /// <summary>Pairs of exp(score - largest), 0 beyond <paramref name="tokens"/>; returns the sum. The scores are overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int tokens, int padded, uint* weights)
    {
        for (int i = tokens; i < padded; i++)
        {
            scores[i] = float.NegativeInfinity;
        }

        Vector512<float> largest = Vector512.Load(scores), largest2 = Vector512.Load(scores + Half), sum = default;
        for (int i = Block; i < padded; i += Block)
        {
            largest = Vector512.MaxNative(largest, Vector512.Load(scores + i));
            largest2 = Vector512.MaxNative(largest2, Vector512.Load(scores + i + Half));
        }

        Vector512<float> shift = Vector512.Create(Largest(Vector512.MaxNative(largest, largest2)) * -Log2E), scale = Vector512.Create(Log2E);
        for (int i = 0; i < padded; i += Block, weights += Half)
        {
            Vector512<float> low = PowerOfTwo(Vector512.FusedMultiplyAdd(Vector512.Load(scores + i), scale, shift));
            Vector512<float> high = PowerOfTwo(Vector512.FusedMultiplyAdd(Vector512.Load(scores + i + Half), scale, shift));
            sum += low + high;
            PairedSteps.Pair(low, high).Store(weights);
        }

        return Vector512.Sum(sum);
    }

    private static float Largest(Vector512<float> value)
    {
        Vector256<float> half = Vector256.MaxNative(value.GetLower(), value.GetUpper());
        Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        quarter = Vector128.MaxNative(quarter, Sse.MoveHighToLow(quarter, quarter));
        return Sse.MaxScalar(quarter, Sse3.MoveHighAndDuplicate(quarter)).ToScalar();
    }

    // 2^n times a polynomial on [-1/2, 1/2] (Taylor's, off by 3e-6: far below a bf16). Not below 2^-126: a result that is not normal costs a hundred times the rest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<float> x)
    {
        x = Vector512.MaxNative(x, Vector512.Create(-126f));
        Vector512<float> n = Avx512F.RoundScale(x, 0), f = x - n;
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(1.3333558e-3f), f, Vector512.Create(9.6181291e-3f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(5.5504109e-2f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(2.4022651e-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(6.9314718e-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512<float>.One);
        return Avx512F.Scale(p, n);
    }
}
