using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// bf16 for the matrix units: weight tiles to bf16 [column, row], activations to bf16 and back. Rounded to nearest, ties away from zero. A tile holds the same columns
/// of its 16 rows side by side, so written with the columns outside nothing has to be transposed. Two tiles are written together, in whole lines: columns lie a power
/// of two apart as a rule, where half lines would drive each other out of the cache.
/// </summary>
static unsafe class BrainKernels
{
    /// <summary>Whether the vector form runs here.</summary>
    internal static bool Fast => Avx512BW.IsSupported;

    /// <summary>
    /// Widens columns [<paramref name="from"/>, <paramref name="end"/>), whole blocks of them, of <paramref name="count"/> tiles of <paramref name="matrix"/> from tile
    /// <paramref name="first"/> on: element (column, row) of them goes to <paramref name="to"/>[column * stride + row]. Columns are walked outside, so that what is
    /// written lies close together.
    /// </summary>
    internal static void Widen(PackedMatrix matrix, int first, int count, int from, int end, ushort* to, int stride, bool fast)
    {
        if (!fast || matrix.Format == TileFormat.F32)
        {
            WidenScalar(matrix, first, count, from, end, to, stride);
            return;
        }

        int blockBytes = TileFormats.BlockBytes(matrix.Format);
        for (int column = from; column < end; column += TileFormats.Block)
        {
            byte* tile = matrix.Data + (first * matrix.TileBytes) + (column / TileFormats.Block * (long)blockBytes);
            ushort* row = to + ((long)column * stride);
            for (int t = 0; t < count; t += 2, tile += 2 * matrix.TileBytes, row += 2 * TileFormats.Rows)
            {
                bool both = t + 1 < count;
                Block(matrix.Format, tile, both ? tile + matrix.TileBytes : tile, both, row, stride);
            }
        }
    }

    /// <summary>
    /// Widens columns [<paramref name="from"/>, <paramref name="end"/>), whole blocks of them, of <paramref name="count"/> tiles of <paramref name="matrix"/> from tile
    /// <paramref name="first"/> on to pairs of columns, as matrix units read them: the k-th pair of a row are the halves of <paramref name="to"/>[k * width + row].
    /// </summary>
    internal static void WidenPairs(PackedMatrix matrix, int first, int count, int from, int end, uint* to, int width, bool fast)
    {
        if (!fast || matrix.Format == TileFormat.F32)
        {
            WidenPairsScalar(matrix, first, count, from, end, to, width);
            return;
        }

        int blockBytes = TileFormats.BlockBytes(matrix.Format);
        for (int column = from; column < end; column += TileFormats.Block, to += TileFormats.Block / 2 * width)
        {
            byte* tile = matrix.Data + (first * matrix.TileBytes) + (column / TileFormats.Block * (long)blockBytes);
            for (int t = 0; t < count; t++, tile += matrix.TileBytes)
            {
                PairBlock(matrix.Format, tile, to + (t * TileFormats.Rows), width);
            }
        }
    }

    /// <summary>fp32 to bf16.</summary>
    internal static void Narrow(float* from, ushort* to, int count) => Narrow(from, 1, to, count);

    /// <summary>bf16 to fp32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen(ushort* from, float* to, int count)
    {
        int i = 0;
        for (; Fast && i <= count - 16; i += 16)
        {
            (Avx512F.ConvertToVector512UInt32(Vector256.Load(from + i)) << 16).AsSingle().Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
        }
    }

    /// <summary>Numbers times <paramref name="factor"/>, fp32 to bf16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Narrow(float* from, float factor, ushort* to, int count)
    {
        int i = 0;
        for (; Fast && i <= count - 16; i += 16)
        {
            Store(Vector512.Load(from + i) * factor, to + i);
        }

        for (; i < count; i++)
        {
            to[i] = Round(from[i] * factor);
        }
    }

    /// <summary>Adds a bias [rows] to the first <paramref name="rows"/> of each of <paramref name="tokens"/> rows, <paramref name="stride"/> apart.</summary>
    internal static void AddBias(ushort* y, int stride, float* bias, int rows, int tokens)
    {
        for (int token = 0; token < tokens; token++, y += stride)
        {
            for (int i = 0; i < rows; i++)
            {
                y[i] = Round(BitConverter.UInt32BitsToSingle((uint)y[i] << 16) + bias[i]);
            }
        }
    }

    private static void WidenScalar(PackedMatrix matrix, int first, int count, int from, int end, ushort* to, int stride)
    {
        float[] row = new float[matrix.Columns];
        for (int r = 0; r < count * TileFormats.Rows; r++)
        {
            ReadPadded(matrix, (first * TileFormats.Rows) + r, row);
            for (int c = from; c < end; c++)
            {
                to[((long)c * stride) + r] = Round(row[c]);
            }
        }
    }

    private static void WidenPairsScalar(PackedMatrix matrix, int first, int count, int from, int end, uint* to, int width)
    {
        float[] row = new float[matrix.Columns];
        for (int r = 0; r < count * TileFormats.Rows; r++)
        {
            ReadPadded(matrix, (first * TileFormats.Rows) + r, row);
            for (int c = from; c < end; c += 2)
            {
                to[((long)(c - from) / 2 * width) + r] = Round(row[c]) | ((uint)Round(row[c + 1]) << 16);
            }
        }
    }

    // The rows that fill up the last tile are zero.
    private static void ReadPadded(PackedMatrix matrix, int at, float[] row)
    {
        Array.Clear(row);
        if (at < matrix.Rows)
        {
            matrix.ReadRow(at, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PairBlock(TileFormat format, byte* tile, uint* to, nint width)
    {
        Vector512<float> scale = Avx512TileKernels.Halves(tile), minimum = Minimum(format, tile, scale);
        uint* quants = (uint*)(tile + TileFormats.HeaderBytes(format));
        if (format is TileFormat.Q8 or TileFormat.Q8Min)
        {
            Vector512<uint> low = Vector512.Create(255u);
            for (int c = 0; c < TileFormats.Block; c += 4, quants += TileFormats.Rows, to += 2 * width)
            {
                Vector512<uint> four = Vector512.Load(quants);
                Pair(Value(four & low, scale, minimum), Value((four >>> 8) & low, scale, minimum)).Store(to);
                Pair(Value((four >>> 16) & low, scale, minimum), Value(four >>> 24, scale, minimum)).Store(to + width);
            }

            return;
        }

        // The low nibbles are columns 0 to 15, the high ones 16 to 31.
        nint high = TileFormats.Block / 4 * width;
        Vector512<uint> nibble = Vector512.Create(15u);
        for (int c = 0; c < TileFormats.Block / 2; c += 4, quants += TileFormats.Rows, to += 2 * width)
        {
            Vector512<uint> four = Vector512.Load(quants);
            Pair(Value(four & nibble, scale, minimum), Value((four >>> 8) & nibble, scale, minimum)).Store(to);
            Pair(Value((four >>> 4) & nibble, scale, minimum), Value((four >>> 12) & nibble, scale, minimum)).Store(to + high);
            Pair(Value((four >>> 16) & nibble, scale, minimum), Value((four >>> 24) & nibble, scale, minimum)).Store(to + width);
            Pair(Value((four >>> 20) & nibble, scale, minimum), Value(four >>> 28, scale, minimum)).Store(to + width + high);
        }
    }

    // The same block of two tiles; of the first alone where there is no second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(TileFormat format, byte* a, byte* b, bool both, ushort* to, nint stride)
    {
        Vector512<float> scaleA = Avx512TileKernels.Halves(a), scaleB = Avx512TileKernels.Halves(b), minimumA = Minimum(format, a, scaleA), minimumB = Minimum(format, b, scaleB);
        int header = TileFormats.HeaderBytes(format);
        uint* quantsA = (uint*)(a + header), quantsB = (uint*)(b + header);
        if (format is TileFormat.Q8 or TileFormat.Q8Min)
        {
            Vector512<uint> low = Vector512.Create(255u);
            for (int c = 0; c < TileFormats.Block; c += 4, quantsA += TileFormats.Rows, quantsB += TileFormats.Rows)
            {
                Vector512<uint> fourA = Vector512.Load(quantsA), fourB = Vector512.Load(quantsB);
                for (int byteOf = 0; byteOf < 4; byteOf++, to += stride, fourA >>>= 8, fourB >>>= 8)
                {
                    Store(Value(fourA & low, scaleA, minimumA), Value(fourB & low, scaleB, minimumB), both, to);
                }
            }

            return;
        }

        // The low nibbles are columns 0 to 15, the high ones 16 to 31.
        nint high = TileFormats.Block / 2 * stride;
        Vector512<uint> nibble = Vector512.Create(15u);
        for (int c = 0; c < TileFormats.Block / 2; c += 4, quantsA += TileFormats.Rows, quantsB += TileFormats.Rows)
        {
            Vector512<uint> fourA = Vector512.Load(quantsA), fourB = Vector512.Load(quantsB);
            for (int byteOf = 0; byteOf < 4; byteOf++, to += stride, fourA >>>= 8, fourB >>>= 8)
            {
                Store(Value(fourA & nibble, scaleA, minimumA), Value(fourB & nibble, scaleB, minimumB), both, to);
                Store(Value((fourA >>> 4) & nibble, scaleA, minimumA), Value((fourB >>> 4) & nibble, scaleB, minimumB), both, to + high);
            }
        }
    }

    // What a quant of 0 stands for: the types without stored minima have their zero in the middle.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Minimum(TileFormat format, byte* tile, Vector512<float> scale) => format switch
    {
        TileFormat.Q4 => scale * -8f,
        TileFormat.Q8 => scale * -128f,
        _ => Avx512TileKernels.Halves(tile + 32),
    };

    // d q + m is exact in fp32 for the types without stored minima.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Value(Vector512<uint> quants, Vector512<float> scale, Vector512<float> minimum) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(quants.AsInt32()), scale, minimum);

    // The first in the lower half of a word, the second in the upper.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pair(Vector512<float> first, Vector512<float> second)
    {
        Vector512<uint> half = Vector512.Create(0x8000u), upper = Vector512.Create(0xFFFF0000u);
        return ((first.AsUInt32() + half) >>> 16) | ((second.AsUInt32() + half) & upper);
    }

    // The upper halves of both, after rounding: 32 rows of a column.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> a, Vector512<float> b, bool both, ushort* to)
    {
        Vector512<ushort> upper = Vector512.Create(
            1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, (ushort)63);
        Vector512<uint> half = Vector512.Create(0x8000u);
        Vector512<ushort> rows = Avx512BW.PermuteVar32x16x2((a.AsUInt32() + half).AsUInt16(), upper, (b.AsUInt32() + half).AsUInt16());
        if (both)
        {
            rows.Store(to);
        }
        else
        {
            rows.GetLower().Store(to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector512<float> values, ushort* to) =>
        Avx512F.ConvertToVector256UInt16((values.AsUInt32() + Vector512.Create(0x8000u)) >>> 16).Store(to);

    private static ushort Round(float value) => (ushort)((BitConverter.SingleToUInt32Bits(value) + 0x8000) >> 16);
}
