using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// bf16 for the matrix units: weight tiles to bf16 [column, row], activations to bf16 and back. Rounded to nearest, ties away from zero. A tile holds the same columns
/// of its 16 rows side by side, so written with the columns outside nothing has to be transposed. Four tiles are written together, in whole lines: columns lie a power
/// of two apart as a rule, where half lines would drive each other out of the cache.
/// </summary>
static unsafe class BrainKernels
{
    /// <summary>Tiles that are written together.</summary>
    internal const int Strip = 4;

    private const int StripRows = Strip * TileFormats.Rows;

    /// <summary>Whether the vector form runs here.</summary>
    internal static bool Fast => Avx512F.IsSupported;

    /// <summary>
    /// Widens <paramref name="count"/> tiles (at most <see cref="Strip"/>) of <paramref name="matrix"/> from tile <paramref name="first"/> on: element (column, row) of
    /// them goes to <paramref name="to"/>[column * stride + row].
    /// </summary>
    internal static void Widen(PackedMatrix matrix, int first, int count, ushort* to, int stride, bool fast)
    {
        if (!fast || matrix.Format == TileFormat.F32)
        {
            WidenScalar(matrix, first, count, to, stride);
            return;
        }

        ushort* strip = stackalloc ushort[TileFormats.Block * StripRows];
        int blockBytes = TileFormats.BlockBytes(matrix.Format), bytes = count * TileFormats.Rows * sizeof(ushort);
        for (int b = 0; b < matrix.Columns / TileFormats.Block; b++)
        {
            for (int tile = 0; tile < count; tile++)
            {
                byte* from = matrix.Data + ((first + tile) * matrix.TileBytes) + ((long)b * blockBytes);
                Block(matrix.Format, from, strip + (tile * TileFormats.Rows));
            }

            for (ushort* column = strip; column < strip + (TileFormats.Block * StripRows); column += StripRows, to += stride)
            {
                Buffer.MemoryCopy(column, to, bytes, bytes);
            }
        }
    }

    /// <summary>fp32 to bf16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Narrow(float* from, ushort* to, int count)
    {
        int i = 0;
        for (; Fast && i <= count - 16; i += 16)
        {
            Store(Vector512.Load(from + i), to + i);
        }

        for (; i < count; i++)
        {
            to[i] = Round(from[i]);
        }
    }

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

    private static void WidenScalar(PackedMatrix matrix, int first, int count, ushort* to, int stride)
    {
        float[] row = new float[matrix.Columns];
        for (int r = 0; r < count * TileFormats.Rows; r++)
        {
            int at = (first * TileFormats.Rows) + r;
            Array.Clear(row);
            if (at < matrix.Rows)
            {
                matrix.ReadRow(at, row);
            }

            for (int c = 0; c < row.Length; c++)
            {
                to[((long)c * stride) + r] = Round(row[c]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(TileFormat format, byte* from, ushort* to)
    {
        Vector512<float> scale = Avx512TileKernels.Halves(from);
        Vector512<float> minimum = format switch
        {
            TileFormat.Q4 => scale * -8f,
            TileFormat.Q8 => scale * -128f,
            _ => Avx512TileKernels.Halves(from + 32),
        };
        uint* quants = (uint*)(from + TileFormats.HeaderBytes(format));
        if (format is TileFormat.Q8 or TileFormat.Q8Min)
        {
            for (int c = 0; c < TileFormats.Block; c += 4, quants += TileFormats.Rows, to += 4 * StripRows)
            {
                Vector512<uint> four = Vector512.Load(quants), low = Vector512.Create(255u);
                Store(Value(four & low, scale, minimum), to);
                Store(Value((four >>> 8) & low, scale, minimum), to + StripRows);
                Store(Value((four >>> 16) & low, scale, minimum), to + (2 * StripRows));
                Store(Value(four >>> 24, scale, minimum), to + (3 * StripRows));
            }

            return;
        }

        // The low nibbles are columns 0 to 15, the high ones 16 to 31.
        for (int c = 0; c < TileFormats.Block / 2; c += 4, quants += TileFormats.Rows, to += 4 * StripRows)
        {
            Vector512<uint> four = Vector512.Load(quants), low = Vector512.Create(15u);
            ushort* high = to + (TileFormats.Block / 2 * StripRows);
            Store(Value(four & low, scale, minimum), to);
            Store(Value((four >>> 4) & low, scale, minimum), high);
            Store(Value((four >>> 8) & low, scale, minimum), to + StripRows);
            Store(Value((four >>> 12) & low, scale, minimum), high + StripRows);
            Store(Value((four >>> 16) & low, scale, minimum), to + (2 * StripRows));
            Store(Value((four >>> 20) & low, scale, minimum), high + (2 * StripRows));
            Store(Value((four >>> 24) & low, scale, minimum), to + (3 * StripRows));
            Store(Value(four >>> 28, scale, minimum), high + (3 * StripRows));
        }
    }

    // d q + m is exact in fp32 for the types without stored minima.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Value(Vector512<uint> quants, Vector512<float> scale, Vector512<float> minimum) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(quants.AsInt32()), scale, minimum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> values, ushort* to) =>
        Avx512F.ConvertToVector256UInt16((values.AsUInt32() + Vector512.Create(0x8000u)) >>> 16).Store(to);

    private static ushort Round(float value) => (ushort)((BitConverter.SingleToUInt32Bits(value) + 0x8000) >> 16);
}
