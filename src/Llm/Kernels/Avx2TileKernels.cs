using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Llm.Kernels;

/// <summary>256-bit kernels over the same tiles: two halves of 8 rows. <typeparamref name="TDot"/> is AVX2 or AVX-VNNI.</summary>
sealed unsafe partial class Avx2TileKernels<TDot> : TileKernels where TDot : struct, IByteDot
{
    // Streams that the sums leave registers for.
    private const int Side = 4;

    internal override string Name => TDot.Name;

    private protected override void Four<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y)
    {
        if (lanes == 1)
        {
            FourOne<TMinimum>(weights, x, y.Rows);
            return;
        }

        for (int half = 0; half < 2; half++)
        {
            for (int lane = 0; lane < y.Tokens; lane += 4)
            {
                FourLanes<TMinimum>(weights, x, half, lane, y);
            }
        }
    }

    private protected override void Eight<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y)
    {
        if (lanes == 1)
        {
            EightOne<TMinimum>(weights, x, y.Rows);
            return;
        }

        for (int half = 0; half < 2; half++)
        {
            for (int lane = 0; lane < y.Tokens; lane += 4)
            {
                EightLanes<TMinimum>(weights, x, half, lane, y);
            }
        }
    }

    private protected override void FourStreams<TMinimum>(TileStreams tiles, TileInput x)
    {
        for (int first = 0; first < TileStreams.Count; first += Side)
        {
            FourOneStreams<TMinimum>(tiles, first, x);
        }
    }

    private protected override void EightStreams<TMinimum>(TileStreams tiles, TileInput x)
    {
        for (int first = 0; first < TileStreams.Count; first += Side)
        {
            EightOneStreams<TMinimum>(tiles, first, x);
        }
    }

    private protected override void Single(byte* weights, int columns, float* x, int lanes, TileOutput y)
    {
        for (int t = 0; t < y.Tokens; t++)
        {
            SingleOne((float*)weights, columns, x + t, lanes, y.Rows + ((long)t * y.Stride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SingleOne(float* w, int columns, float* x, int lanes, float* y)
    {
        Vector256<float> lower = default, upper = default;
        for (int c = 0; c < columns; c++, w += 16, x += lanes)
        {
            Vector256<float> input = Vector256.Create(*x);
            lower = Vector256.FusedMultiplyAdd(Vector256.Load(w), input, lower);
            upper = Vector256.FusedMultiplyAdd(Vector256.Load(w + 8), input, upper);
        }

        lower.Store(y);
        upper.Store(y + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Header<TMinimum>() where TMinimum : struct, IMinimum => TMinimum.Stored ? 64 : 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Broadcast(sbyte* four) => Vector256.Create(*(int*)four).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halves(byte* p)
    {
        Vector256<int> bits = Avx2.ConvertToVector256Int32(Vector128.Load((short*)p)) << 13;
        return (bits & Vector256.Create(unchecked((int)0x8FFF_E000))).AsSingle() * 5.192296858534828e33f;
    }

    // In the order of the 512-bit kernels: the same bits on every vector width.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Join(Vector256<int> dot, Vector256<float> scale, Vector256<float> minimum, float d, float s, Vector256<float> sum)
    {
        sum = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(dot), scale * Vector256.Create(d), sum);
        return Vector256.FusedMultiplyAdd(minimum, Vector256.Create(s), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TileOutput y, int half, int lane, Vector256<float> c0, Vector256<float> c1, Vector256<float> c2, Vector256<float> c3)
    {
        float* to = y.Rows + ((long)lane * y.Stride) + (half * 8);
        c0.Store(to);
        if (y.Tokens > lane + 1)
        {
            c1.Store(to + y.Stride);
        }

        if (y.Tokens > lane + 2)
        {
            c2.Store(to + (2L * y.Stride));
        }

        if (y.Tokens > lane + 3)
        {
            c3.Store(to + (3L * y.Stride));
        }
    }
}
