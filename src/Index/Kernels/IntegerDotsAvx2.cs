using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>256-bit path of <see cref="IntegerDots"/>: two vectors by two tiles of 8 rows at a time, so that all operands stay in 16 registers.</summary>
static unsafe class IntegerDotsAvx2
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Compute(byte* vectors, sbyte* tiles, int count, int rows, int dimension, int* sums)
    {
        int v = 0;
        for (; v + 2 <= count; v += 2, vectors += 2 * dimension, sums += 2 * IntegerDots.Rows)
        {
            Two(vectors, vectors + dimension, tiles, dimension, sums, sums + IntegerDots.Rows);
            if (rows > IntegerDots.HalfRows)
            {
                Two(vectors, vectors + dimension, tiles + 64, dimension, sums + 16, sums + IntegerDots.Rows + 16);
            }
        }

        if (v < count)
        {
            int* unused = stackalloc int[16];
            Two(vectors, vectors, tiles, dimension, sums, unused);
            if (rows > IntegerDots.HalfRows)
            {
                Two(vectors, vectors, tiles + 64, dimension, sums + 16, unused);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Group(byte* at) => Vector256.Create(*(int*)at).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Add(Vector256<int> sum, Vector256<byte> first, Vector256<sbyte> row1, Vector256<byte> second, Vector256<sbyte> row2)
    {
        Vector256<short> pairs = Avx2.MultiplyAddAdjacent(first, row1) + Avx2.MultiplyAddAdjacent(second, row2);
        return sum + Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(byte* x, byte* y, sbyte* tile, int dimension, int* sumsX, int* sumsY)
    {
        Vector256<int> x0 = default, x1 = default, y0 = default, y1 = default;
        for (int d = 0; d < dimension; d += 8, tile += 256)
        {
            Vector256<byte> a = Group(x + d), b = Group(x + d + 4), e = Group(y + d), f = Group(y + d + 4);
            Vector256<sbyte> first = Vector256.Load(tile), second = Vector256.Load(tile + 128);
            x0 = Add(x0, a, first, b, second);
            y0 = Add(y0, e, first, f, second);
            first = Vector256.Load(tile + 32);
            second = Vector256.Load(tile + 160);
            x1 = Add(x1, a, first, b, second);
            y1 = Add(y1, e, first, f, second);
        }

        x0.Store(sumsX);
        x1.Store(sumsX + 8);
        y0.Store(sumsY);
        y1.Store(sumsY + 8);
    }
}
