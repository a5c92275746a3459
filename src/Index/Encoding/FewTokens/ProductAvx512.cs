using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Encoding.FewTokens;

/// <summary>512-bit product of a linear layer with up to 32 tokens: eight outputs by 32 tokens, sixteen sums in registers; or by 16.</summary>
static unsafe class ProductAvx512
{
    /// <summary>Outputs of one call.</summary>
    internal const int Outputs = 8;

    private const int LineFloats = 16;

    /// <summary>
    /// sums [8][32] += weights [8][<paramref name="count"/>], rows <paramref name="stride"/> apart, times inputs [count][32]; count is a multiple of 16. What eight rows further on
    /// will need is asked for meanwhile: the weights come from memory, and each is used once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(float* weights, nint stride, float* inputs, int count, float* sums)
    {
        float* w1 = weights + stride, w2 = w1 + stride, w3 = w2 + stride, w4 = w3 + stride, w5 = w4 + stride, w6 = w5 + stride, w7 = w6 + stride;
        Vector512<float> a0 = Vector512.Load(sums), b0 = Vector512.Load(sums + 16), a1 = Vector512.Load(sums + 32), b1 = Vector512.Load(sums + 48);
        Vector512<float> a2 = Vector512.Load(sums + 64), b2 = Vector512.Load(sums + 80), a3 = Vector512.Load(sums + 96), b3 = Vector512.Load(sums + 112);
        Vector512<float> a4 = Vector512.Load(sums + 128), b4 = Vector512.Load(sums + 144), a5 = Vector512.Load(sums + 160), b5 = Vector512.Load(sums + 176);
        Vector512<float> a6 = Vector512.Load(sums + 192), b6 = Vector512.Load(sums + 208), a7 = Vector512.Load(sums + 224), b7 = Vector512.Load(sums + 240);
        nint ahead = 8 * stride;
        for (int line = 0; line < count; line += LineFloats)
        {
            Sse.Prefetch0(weights + ahead + line);
            Sse.Prefetch0(w1 + ahead + line);
            Sse.Prefetch0(w2 + ahead + line);
            Sse.Prefetch0(w3 + ahead + line);
            Sse.Prefetch0(w4 + ahead + line);
            Sse.Prefetch0(w5 + ahead + line);
            Sse.Prefetch0(w6 + ahead + line);
            Sse.Prefetch0(w7 + ahead + line);
            for (int d = line; d < line + LineFloats; d++, inputs += 32)
            {
                Vector512<float> x = Vector512.Load(inputs), y = Vector512.Load(inputs + 16), w = Vector512.Create(weights[d]);
                (a0, b0) = (Vector512.FusedMultiplyAdd(x, w, a0), Vector512.FusedMultiplyAdd(y, w, b0));
                w = Vector512.Create(w1[d]);
                (a1, b1) = (Vector512.FusedMultiplyAdd(x, w, a1), Vector512.FusedMultiplyAdd(y, w, b1));
                w = Vector512.Create(w2[d]);
                (a2, b2) = (Vector512.FusedMultiplyAdd(x, w, a2), Vector512.FusedMultiplyAdd(y, w, b2));
                w = Vector512.Create(w3[d]);
                (a3, b3) = (Vector512.FusedMultiplyAdd(x, w, a3), Vector512.FusedMultiplyAdd(y, w, b3));
                w = Vector512.Create(w4[d]);
                (a4, b4) = (Vector512.FusedMultiplyAdd(x, w, a4), Vector512.FusedMultiplyAdd(y, w, b4));
                w = Vector512.Create(w5[d]);
                (a5, b5) = (Vector512.FusedMultiplyAdd(x, w, a5), Vector512.FusedMultiplyAdd(y, w, b5));
                w = Vector512.Create(w6[d]);
                (a6, b6) = (Vector512.FusedMultiplyAdd(x, w, a6), Vector512.FusedMultiplyAdd(y, w, b6));
                w = Vector512.Create(w7[d]);
                (a7, b7) = (Vector512.FusedMultiplyAdd(x, w, a7), Vector512.FusedMultiplyAdd(y, w, b7));
            }
        }

        a0.Store(sums);
        b0.Store(sums + 16);
        a1.Store(sums + 32);
        b1.Store(sums + 48);
        a2.Store(sums + 64);
        b2.Store(sums + 80);
        a3.Store(sums + 96);
        b3.Store(sums + 112);
        a4.Store(sums + 128);
        b4.Store(sums + 144);
        a5.Store(sums + 160);
        b5.Store(sums + 176);
        a6.Store(sums + 192);
        b6.Store(sums + 208);
        a7.Store(sums + 224);
        b7.Store(sums + 240);
    }

    /// <summary>
    /// The same for up to 16 tokens, the first half of <paramref name="inputs"/> and <paramref name="sums"/> alone: half the work. Two sums for each output, over even and odd
    /// features, so that sixteen are on their way as above.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddHalf(float* weights, nint stride, float* inputs, int count, float* sums)
    {
        float* w1 = weights + stride, w2 = w1 + stride, w3 = w2 + stride, w4 = w3 + stride, w5 = w4 + stride, w6 = w5 + stride, w7 = w6 + stride;
        Vector512<float> a0 = Vector512.Load(sums), a1 = Vector512.Load(sums + 32), a2 = Vector512.Load(sums + 64), a3 = Vector512.Load(sums + 96);
        Vector512<float> a4 = Vector512.Load(sums + 128), a5 = Vector512.Load(sums + 160), a6 = Vector512.Load(sums + 192), a7 = Vector512.Load(sums + 224);
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        nint ahead = 8 * stride;
        for (int line = 0; line < count; line += LineFloats)
        {
            Sse.Prefetch0(weights + ahead + line);
            Sse.Prefetch0(w1 + ahead + line);
            Sse.Prefetch0(w2 + ahead + line);
            Sse.Prefetch0(w3 + ahead + line);
            Sse.Prefetch0(w4 + ahead + line);
            Sse.Prefetch0(w5 + ahead + line);
            Sse.Prefetch0(w6 + ahead + line);
            Sse.Prefetch0(w7 + ahead + line);
            for (int d = line; d < line + LineFloats; d += 2, inputs += 64)
            {
                Vector512<float> x = Vector512.Load(inputs), y = Vector512.Load(inputs + 32);
                (a0, b0) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(weights[d]), a0), Vector512.FusedMultiplyAdd(y, Vector512.Create(weights[d + 1]), b0));
                (a1, b1) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(w1[d]), a1), Vector512.FusedMultiplyAdd(y, Vector512.Create(w1[d + 1]), b1));
                (a2, b2) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(w2[d]), a2), Vector512.FusedMultiplyAdd(y, Vector512.Create(w2[d + 1]), b2));
                (a3, b3) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(w3[d]), a3), Vector512.FusedMultiplyAdd(y, Vector512.Create(w3[d + 1]), b3));
                (a4, b4) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(w4[d]), a4), Vector512.FusedMultiplyAdd(y, Vector512.Create(w4[d + 1]), b4));
                (a5, b5) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(w5[d]), a5), Vector512.FusedMultiplyAdd(y, Vector512.Create(w5[d + 1]), b5));
                (a6, b6) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(w6[d]), a6), Vector512.FusedMultiplyAdd(y, Vector512.Create(w6[d + 1]), b6));
                (a7, b7) = (Vector512.FusedMultiplyAdd(x, Vector512.Create(w7[d]), a7), Vector512.FusedMultiplyAdd(y, Vector512.Create(w7[d + 1]), b7));
            }
        }

        (a0 + b0).Store(sums);
        (a1 + b1).Store(sums + 32);
        (a2 + b2).Store(sums + 64);
        (a3 + b3).Store(sums + 96);
        (a4 + b4).Store(sums + 128);
        (a5 + b5).Store(sums + 160);
        (a6 + b6).Store(sums + 192);
        (a7 + b7).Store(sums + 224);
    }
}
