using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Jmlr.Index.Kernels;

/// <summary>128-bit path of <see cref="IntegerDots"/> for ARM without the byte dot product: two vectors by 16 rows, two groups added in 16 bits before widening.</summary>
static unsafe class IntegerDotsAdvSimd
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

    // Up to 127: as signed bytes they are the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Group(byte* at) => Vector128.Create(*(int*)at).AsSByte();

    /// <summary>Four rows of two groups: eight products to a sum of 16 bits at most (4 * 127 * 63), then two of those to one of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Add(Vector128<int> sum, Vector128<sbyte> first, Vector128<sbyte> row1, Vector128<sbyte> second, Vector128<sbyte> row2)
    {
        Vector128<short> low = AdvSimd.MultiplyWideningLower(first.GetLower(), row1.GetLower()), high = AdvSimd.MultiplyWideningUpper(first, row1);
        low = AdvSimd.MultiplyWideningLowerAndAdd(low, second.GetLower(), row2.GetLower());
        high = AdvSimd.MultiplyWideningUpperAndAdd(high, second, row2);
        return AdvSimd.AddPairwiseWideningAndAdd(sum, AdvSimd.Arm64.AddPairwise(low, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(byte* x, byte* y, sbyte* tile, int dimension, int* sumsX, int* sumsY)
    {
        Vector128<int> x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
        for (int d = 0; d < dimension; d += 8, tile += 256)
        {
            Vector128<sbyte> a = Group(x + d), b = Group(x + d + 4), e = Group(y + d), f = Group(y + d + 4);
            Vector128<sbyte> first = Vector128.Load(tile), second = Vector128.Load(tile + 128);
            x0 = Add(x0, a, first, b, second);
            y0 = Add(y0, e, first, f, second);
            first = Vector128.Load(tile + 16);
            second = Vector128.Load(tile + 144);
            x1 = Add(x1, a, first, b, second);
            y1 = Add(y1, e, first, f, second);
            first = Vector128.Load(tile + 32);
            second = Vector128.Load(tile + 160);
            x2 = Add(x2, a, first, b, second);
            y2 = Add(y2, e, first, f, second);
            first = Vector128.Load(tile + 48);
            second = Vector128.Load(tile + 176);
            x3 = Add(x3, a, first, b, second);
            y3 = Add(y3, e, first, f, second);
        }

        x0.Store(sumsX);
        x1.Store(sumsX + 4);
        x2.Store(sumsX + 8);
        x3.Store(sumsX + 12);
        y0.Store(sumsY);
        y1.Store(sumsY + 4);
        y2.Store(sumsY + 8);
        y3.Store(sumsY + 12);
    }
}
