using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Llm.Kernels;

/// <summary>AVX-512 (F, BW): 16 rows fill one vector. fp32 products and what all kernels share.</summary>
sealed unsafe partial class Avx512TileKernels : TileKernels
{
    internal override string Name => "avx512";

    private protected override void Four<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y)
    {
        if (lanes == 1)
        {
            FourOne<TMinimum>(weights, x, y.Rows);
        }
        else
        {
            FourLanes<TMinimum>(weights, x, y);
        }
    }

    private protected override void Eight<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y)
    {
        if (lanes == 1)
        {
            EightOne<TMinimum>(weights, x, y.Rows);
        }
        else
        {
            EightLanes<TMinimum>(weights, x, y);
        }
    }

    private protected override void FourStreams<TMinimum>(TileStreams tiles, TileInput x) => FourOneStreams<TMinimum>(tiles, x);

    private protected override void EightStreams<TMinimum>(TileStreams tiles, TileInput x) => EightOneStreams<TMinimum>(tiles, x);

    private protected override void Single(byte* weights, int columns, float* x, int lanes, TileOutput y)
    {
        if (lanes == 1)
        {
            SingleOne((float*)weights, columns, x, y.Rows);
        }
        else
        {
            SingleLanes((float*)weights, columns, x, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SingleOne(float* w, int columns, float* x, float* y)
    {
        // One sum in the order of the kernel for many tokens: a token gets the same bits alone and in a prompt.
        Vector512<float> sum = default;
        for (int c = 0; c < columns; c++, w += 16)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(w), Vector512.Create(x[c]), sum);
        }

        sum.Store(y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SingleLanes(float* w, int columns, float* x, TileOutput y)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (int c = 0; c < columns; c++, w += 16, x += 8)
        {
            Vector512<float> weights = Vector512.Load(w);
            c0 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[0]), c0);
            c1 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[1]), c1);
            c2 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[2]), c2);
            c3 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[3]), c3);
            c4 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[4]), c4);
            c5 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[5]), c5);
            c6 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[6]), c6);
            c7 = Vector512.FusedMultiplyAdd(weights, Vector512.Create(x[7]), c7);
        }

        Store(y, c0, c1, c2, c3, c4, c5, c6, c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Header<TMinimum>() where TMinimum : struct, IMinimum => TMinimum.Stored ? 64 : 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> Broadcast(sbyte* four) => Vector512.Create(*(int*)four).AsSByte();

    // fp16 to fp32 without F16C: exponent and mantissa move into place, 2^112 corrects the bias. Scales are finite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Halves(byte* p)
    {
        Vector512<int> bits = System.Runtime.Intrinsics.X86.Avx512F.ConvertToVector512Int32(Vector256.Load((short*)p)) << 13;
        return (bits & Vector512.Create(unchecked((int)0x8FFF_E000))).AsSingle() * 5.192296858534828e33f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        TileOutput y, Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3, Vector512<float> c4, Vector512<float> c5, Vector512<float> c6, Vector512<float> c7)
    {
        c0.Store(y.Rows);

        if (y.Tokens > 1)
        {
            c1.Store(y.Rows + y.Stride);
        }

        if (y.Tokens > 2)
        {
            c2.Store(y.Rows + (2L * y.Stride));
        }

        if (y.Tokens > 3)
        {
            c3.Store(y.Rows + (3L * y.Stride));
        }

        if (y.Tokens > 4)
        {
            c4.Store(y.Rows + (4L * y.Stride));
        }

        if (y.Tokens > 5)
        {
            c5.Store(y.Rows + (5L * y.Stride));
        }

        if (y.Tokens > 6)
        {
            c6.Store(y.Rows + (6L * y.Stride));
        }

        if (y.Tokens > 7)
        {
            c7.Store(y.Rows + (7L * y.Stride));
        }
    }
}
