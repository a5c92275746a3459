using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Encoding.Attention;

/// <summary>Attention of one head over bf16 activations, fp32 inside. Four queries at a time against 32 keys: eight accumulators, as many as the latency of two FMA units needs.</summary>
static unsafe class HeadAttentionAvx512
{
    /// <summary>A head's size is a multiple of this.</summary>
    internal const int Columns = 32;

    private const int Queries = 4, KeyBlock = 32;

    /// <summary>Floats of scratch memory that <see cref="Compute"/> needs.</summary>
    internal static int ScratchLength(int tokens, int headSize) => (2 * Padded(tokens) * headSize) + (Queries * headSize) + (Queries * Padded(tokens));

    /// <summary>
    /// Context of every token of one row and head. <paramref name="joined"/> points to the head's query of the first token; its key and value lie
    /// <paramref name="hidden"/> and twice that further on, the next token 3 * hidden. Queries look at the first <paramref name="length"/> tokens.
    /// </summary>
    internal static void Compute(ushort* joined, int hidden, int headSize, int tokens, int length, ushort* context, float* scratch)
    {
        int padded = Padded(length);
        float* keys = scratch; // [head, padded]
        float* values = keys + ((long)padded * headSize); // [length, head]
        float* queries = values + ((long)padded * headSize); // [4, head]
        float* scores = queries + (Queries * headSize); // [4, padded]
        Transpose(joined + hidden, 3 * hidden, headSize, length, padded, keys);
        for (int token = 0; token < length; token++)
        {
            Widen(joined + (2 * hidden) + ((long)token * 3 * hidden), headSize, values + ((long)token * headSize));
        }

        float* inverse = stackalloc float[Queries];
        for (int first = 0; first < tokens; first += Queries)
        {
            for (int i = 0; i < Queries; i++)
            {
                // The last tile repeats its last query.
                Widen(joined + ((long)Math.Min(first + i, tokens - 1) * 3 * hidden), headSize, queries + (i * headSize));
            }

            for (int key = 0; key < padded; key += KeyBlock)
            {
                Score(queries, keys + key, headSize, padded, scores + key);
            }

            for (int i = 0; i < Queries; i++)
            {
                inverse[i] = 1 / Exponentiate(scores + (i * padded), length, padded);
            }

            for (int column = 0; column < headSize; column += Columns)
            {
                Mix(scores, padded, values + column, headSize, length, inverse, context + column, hidden, first, tokens);
            }
        }
    }

    private static int Padded(int tokens) => (tokens + KeyBlock - 1) / KeyBlock * KeyBlock;

    /// <summary>bf16 keys of the tokens to fp32 [head, padded], zero beyond <paramref name="length"/>.</summary>
    private static void Transpose(ushort* source, int stride, int headSize, int length, int padded, float* keys)
    {
        for (int token = 0; token < length; token++, source += stride)
        {
            uint* pairs = (uint*)source;
            float* key = keys + token;
            for (int d = 0; d < headSize; d += 2, key += 2 * padded)
            {
                uint pair = *pairs++;
                key[0] = BitConverter.UInt32BitsToSingle(pair << 16);
                key[padded] = BitConverter.UInt32BitsToSingle(pair & 0xFFFF0000);
            }
        }

        for (int d = 0; d < headSize; d++)
        {
            new Span<float>(keys + (d * padded) + length, padded - length).Clear();
        }
    }

    private static void Widen(ushort* source, int count, float* destination)
    {
        for (int i = 0; i < count; i += 16)
        {
            (Avx512F.ConvertToVector512UInt32(Vector256.Load(source + i)) << 16).AsSingle().Store(destination + i);
        }
    }

    /// <summary>Scores of four queries with 32 keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(float* x, float* keys, int headSize, int padded, float* scores)
    {
        float* y = x + headSize;
        float* z = y + headSize;
        float* u = z + headSize;
        Vector512<float> x0 = default, x1 = default, y0 = default, y1 = default, z0 = default, z1 = default, u0 = default, u1 = default;
        for (int d = 0; d < headSize; d++, keys += padded)
        {
            Vector512<float> k0 = Vector512.Load(keys), k1 = Vector512.Load(keys + 16), query = Vector512.Create(x[d]);
            x0 = Vector512.FusedMultiplyAdd(k0, query, x0);
            x1 = Vector512.FusedMultiplyAdd(k1, query, x1);
            query = Vector512.Create(y[d]);
            y0 = Vector512.FusedMultiplyAdd(k0, query, y0);
            y1 = Vector512.FusedMultiplyAdd(k1, query, y1);
            query = Vector512.Create(z[d]);
            z0 = Vector512.FusedMultiplyAdd(k0, query, z0);
            z1 = Vector512.FusedMultiplyAdd(k1, query, z1);
            query = Vector512.Create(u[d]);
            u0 = Vector512.FusedMultiplyAdd(k0, query, u0);
            u1 = Vector512.FusedMultiplyAdd(k1, query, u1);
        }

        x0.Store(scores);
        x1.Store(scores + 16);
        y0.Store(scores + padded);
        y1.Store(scores + padded + 16);
        z0.Store(scores + (2 * padded));
        z1.Store(scores + (2 * padded) + 16);
        u0.Store(scores + (3 * padded));
        u1.Store(scores + (3 * padded) + 16);
    }

    /// <summary>exp(score - largest) in place; returns the sum. Scores beyond <paramref name="length"/> become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int length, int padded)
    {
        new Span<float>(scores + length, padded - length).Fill(float.NegativeInfinity);
        Vector512<float> largest = Vector512.Load(scores), sum = default;
        for (int i = 16; i < padded; i += 16)
        {
            largest = Vector512.MaxNative(largest, Vector512.Load(scores + i));
        }

        Vector512<float> shift = Vector512.Create(Largest(largest));
        for (int i = 0; i < padded; i += 16)
        {
            Vector512<float> value = Exp(Vector512.Load(scores + i) - shift);
            value.Store(scores + i);
            sum += value;
        }

        return Vector512.Sum(sum);
    }

    private static float Largest(Vector512<float> value)
    {
        Vector256<float> half = Vector256.MaxNative(value.GetLower(), value.GetUpper());
        Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        quarter = Vector128.MaxNative(quarter, Sse.MoveHighToLow(quarter, quarter));
        return MathF.Max(quarter[0], quarter[1]);
    }

    // Cephes expf: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2], within 2 units of the last place; the scale instruction underflows to 0 by itself.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.MaxNative(x, Vector512.Create(-126f));
        Vector512<float> n = Avx512F.RoundScale(x * Vector512.Create(1.44269504f), 0);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        return Avx512F.Scale(p, n);
    }

    /// <summary>32 columns of the context of four queries: weights [4, padded] times values [length, head].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(float* x, int padded, float* values, int headSize, int length, float* inverse, ushort* context, int stride, int first, int tokens)
    {
        float* y = x + padded;
        float* z = y + padded;
        float* u = z + padded;
        Vector512<float> x0 = default, x1 = default, y0 = default, y1 = default, z0 = default, z1 = default, u0 = default, u1 = default;
        for (int token = 0; token < length; token++, values += headSize)
        {
            Vector512<float> v0 = Vector512.Load(values), v1 = Vector512.Load(values + 16), weight = Vector512.Create(x[token]);
            x0 = Vector512.FusedMultiplyAdd(v0, weight, x0);
            x1 = Vector512.FusedMultiplyAdd(v1, weight, x1);
            weight = Vector512.Create(y[token]);
            y0 = Vector512.FusedMultiplyAdd(v0, weight, y0);
            y1 = Vector512.FusedMultiplyAdd(v1, weight, y1);
            weight = Vector512.Create(z[token]);
            z0 = Vector512.FusedMultiplyAdd(v0, weight, z0);
            z1 = Vector512.FusedMultiplyAdd(v1, weight, z1);
            weight = Vector512.Create(u[token]);
            u0 = Vector512.FusedMultiplyAdd(v0, weight, u0);
            u1 = Vector512.FusedMultiplyAdd(v1, weight, u1);
        }

        Narrow(x0, x1, inverse[0], context + ((long)first * stride));
        Narrow(y0, y1, inverse[1], context + ((long)Math.Min(first + 1, tokens - 1) * stride));
        Narrow(z0, z1, inverse[2], context + ((long)Math.Min(first + 2, tokens - 1) * stride));
        Narrow(u0, u1, inverse[3], context + ((long)Math.Min(first + 3, tokens - 1) * stride));
    }

    private static void Narrow(Vector512<float> low, Vector512<float> high, float factor, ushort* destination)
    {
        Round(low * Vector512.Create(factor)).Store(destination);
        Round(high * Vector512.Create(factor)).Store(destination + 16);
    }

    /// <summary>fp32 to bf16, to nearest, ties to even; values are finite.</summary>
    private static Vector256<ushort> Round(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        bits += Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        return Avx512F.ConvertToVector256UInt16(bits >> 16);
    }
}
