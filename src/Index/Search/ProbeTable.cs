using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Search;

/// <summary>
/// Centroid scores of one codec as bytes, [centroids, blocks, 32], for all that PLAID does with candidates: one affine step over all rows, rounded. A table of floats would be four times
/// as large and leave the second-level cache. The scores of a query's padding rows are those of a cosine of 0 for every centroid and change no order.
/// </summary>
sealed unsafe class ProbeTable : IDisposable
{
    private const int Zero = MaxReduction.ZeroByte;
    private const int MostSteps = 127; // steps of the largest cosine
    private readonly AlignedBuffer<byte> _bytes = new();
    private int _blocks;
    private float _steps; // of a cosine of 1

    /// <summary>The largest sum that a query of so many blocks can have.</summary>
    internal static int Most(int blocks) => blocks * IntegerDots.Rows * byte.MaxValue;

    /// <summary>Cosine of a step.</summary>
    internal float Step => 1 / _steps;

    /// <summary>Bytes from one centroid to the next.</summary>
    internal nint Stride => _blocks * IntegerDots.Rows;

    /// <summary>Scores of all centroids for the rows of a block, <see cref="Stride"/> apart.</summary>
    internal byte* Bytes(int block) => _bytes.Pointer + (block * IntegerDots.Rows);

    /// <summary>A sum of bytes as the sum of cosines that it stands for.</summary>
    internal float Similarity(int sum) => (sum - (_blocks * IntegerDots.Rows * Zero)) / _steps;

    internal void Prepare(PreparedQuery query, int centroids)
    {
        _blocks = query.Blocks;
        _steps = MostSteps / query.Longest;
        _bytes.Ensure((long)centroids * _blocks * IntegerDots.Rows);
    }

    /// <summary>Rounds the <paramref name="scores"/> [count, 32] of centroids [first, first + count) with the rows of a block.</summary>
    internal void Fill(PreparedQuery query, int block, int first, int count, float* scores)
    {
        // What a kernel leaves in the rows of the padding is its own affair.
        int rows = query.RowsOf(block);
        Vector128<byte> padding = Vector128.Create((byte)Zero), isRow = Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)rows));
        Vector128<byte> isLaterRow = Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)Math.Max(0, rows - IntegerDots.HalfRows)));
        byte* bytes = Bytes(block) + (first * Stride);
        for (int centroid = 0; centroid < count; centroid++, scores += IntegerDots.Rows, bytes += Stride)
        {
            Vector128.ConditionalSelect(isRow, Round(scores, _steps), padding).Store(bytes);
            (rows > IntegerDots.HalfRows ? Vector128.ConditionalSelect(isLaterRow, Round(scores + IntegerDots.HalfRows, _steps), padding) : padding).Store(bytes + IntegerDots.HalfRows);
        }
    }

    /// <summary>Sum over the query's rows of the largest byte among the centroids of a passage's tokens.</summary>
    internal int Score(ReadOnlySpan<ushort> codes)
    {
        int sum = 0;
        for (int block = 0; block < _blocks; block++)
        {
            sum += Sum(Best(codes, block));
        }

        return sum;
    }

    /// <summary>
    /// Picks the tokens of a passage whose centroid is, for some row of the query, within <paramref name="margin"/> (127 is a cosine of 1) of the nearest centroid that the passage has
    /// for this row.
    /// </summary>
    internal void Pick(PreparedQuery query, ReadOnlySpan<ushort> codes, int margin, TokenPick pick)
    {
        pick.Begin(_blocks, codes.Length);
        for (int block = 0; block < _blocks; block++)
        {
            byte* scores = pick.Scores(block);
            Vector256<byte> best = Collect(codes, block, scores), least = Vector256.SubtractSaturate(best, Vector256.Create((byte)margin));
            Vector256<byte> isRow = Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)query.RowsOf(block)));
            least = Vector256.ConditionalSelect(isRow, least, Vector256<byte>.AllBitsSet);
            byte* to = scores;
            int count = 0;
            Span<int> tokens = pick.Room(block);
            for (int t = 0; t < codes.Length; t++)
            {
                Vector256<byte> own = Vector256.Load(scores + (t * IntegerDots.Rows));
                own.Store(to);
                tokens[count] = t;
                bool isPicked = Vector256.GreaterThanOrEqualAny(own, least);
                count += isPicked ? 1 : 0;
                to += isPicked ? IntegerDots.Rows : 0;
            }

            pick.End(block, count);
        }
    }

    public void Dispose() => _bytes.Dispose();

    /// <summary>Copies the scores of a passage's centroids for a block [tokens, 32] to where they are next to one another, and returns the largest of each row.</summary>
    private Vector256<byte> Collect(ReadOnlySpan<ushort> codes, int block, byte* to)
    {
        Vector256<byte> even = Vector256<byte>.Zero, odd = even;
        byte* table = Bytes(block);
        nint stride = Stride;
        int t = 0;
        for (; t + 2 <= codes.Length; t += 2, to += 2 * IntegerDots.Rows)
        {
            Vector256<byte> first = Vector256.Load(table + (codes[t] * stride)), second = Vector256.Load(table + (codes[t + 1] * stride));
            first.Store(to);
            second.Store(to + IntegerDots.Rows);
            even = Vector256.Max(even, first);
            odd = Vector256.Max(odd, second);
        }

        if (t < codes.Length)
        {
            Vector256<byte> last = Vector256.Load(table + (codes[t] * stride));
            last.Store(to);
            even = Vector256.Max(even, last);
        }

        return Vector256.Max(even, odd);
    }

    /// <summary>The largest byte of each row: four maxima that do not wait for one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<byte> Best(ReadOnlySpan<ushort> codes, int block)
    {
        Vector256<byte> a = Vector256<byte>.Zero, b = a, c = a, d = a;
        byte* table = Bytes(block);
        nint stride = Stride;
        fixed (ushort* first = codes)
        {
            ushort* code = first, end = first + codes.Length;
            for (; code + 4 <= end; code += 4)
            {
                a = Vector256.Max(a, Vector256.Load(table + (code[0] * stride)));
                b = Vector256.Max(b, Vector256.Load(table + (code[1] * stride)));
                c = Vector256.Max(c, Vector256.Load(table + (code[2] * stride)));
                d = Vector256.Max(d, Vector256.Load(table + (code[3] * stride)));
            }

            for (; code < end; code++)
            {
                a = Vector256.Max(a, Vector256.Load(table + (*code * stride)));
            }
        }

        return Vector256.Max(Vector256.Max(a, b), Vector256.Max(c, d));
    }

    /// <summary>Sixteen scores as bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Round(float* scores, float steps)
    {
        Vector512<float> rounded = (Vector512.Load(scores) * steps) + Vector512.Create(Zero + 0.5f);
        Vector512<uint> integers = Vector512.ConvertToInt32(Vector512.Min(Vector512.Max(rounded, Vector512<float>.Zero), Vector512.Create(255f))).AsUInt32();
        return Avx512F.IsSupported
            ? Avx512F.ConvertToVector128Byte(integers)
            : Vector128.Narrow(Vector128.Narrow(integers.GetLower().GetLower(), integers.GetLower().GetUpper()), Vector128.Narrow(integers.GetUpper().GetLower(), integers.GetUpper().GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum(Vector256<byte> bytes)
    {
        (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(bytes);
        return Vector256.Sum(low + high); // at most 32 x 255
    }
}
