using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Search;

/// <summary>
/// Centroid scores of one codec as bytes, [centroids, blocks, 32], for the cheap pass over candidates: one affine step over all rows, rounded. The scores of a
/// query's padding rows are those of a cosine of 0 for every centroid and change no order.
/// </summary>
sealed unsafe class ProbeTable : IDisposable
{
    private const float Steps = 127; // of a cosine of 1
    private const int Zero = 128; // the byte of a cosine of 0
    private readonly AlignedBuffer<byte> _bytes = new();
    private int _blocks;

    /// <summary>The largest sum that a query of so many blocks can have.</summary>
    internal static int Most(int blocks) => blocks * IntegerDots.Rows * byte.MaxValue;

    /// <summary>A sum of bytes as the sum of cosines that it stands for.</summary>
    internal static float Similarity(int sum, int blocks) => (sum - (blocks * IntegerDots.Rows * Zero)) / Steps;

    /// <summary>Rounds the float table of a query; cosines lie in -1..1 whatever the query.</summary>
    internal void Fill(PreparedQuery query, int codec, int first, int count)
    {
        for (int block = 0; block < _blocks; block++)
        {
            float* scores = query.Table(codec, block) + ((long)first * IntegerDots.Rows), offsets = query.Scales(codec, block) + IntegerDots.Rows;
            byte* bytes = _bytes.Pointer + ((((long)first * _blocks) + block) * IntegerDots.Rows);
            Vector256<float> a = Vector256.Load(offsets), b = Vector256.Load(offsets + 8), c = Vector256.Load(offsets + 16), d = Vector256.Load(offsets + 24);
            bool isHalf = query.RowsOf(block) <= IntegerDots.HalfRows; // then nobody has computed the other half
            Vector256<ushort> padding = Vector256.Create((ushort)Zero);
            for (int centroid = 0; centroid < count; centroid++, scores += IntegerDots.Rows, bytes += _blocks * IntegerDots.Rows)
            {
                Vector256<ushort> low = Vector256.Narrow(Round(scores, a), Round(scores + 8, b));
                Vector256<ushort> high = isHalf ? padding : Vector256.Narrow(Round(scores + 16, c), Round(scores + 24, d));
                Vector256.Narrow(low, high).Store(bytes);
            }
        }
    }

    internal void Prepare(int centroids, int blocks)
    {
        _blocks = blocks;
        _bytes.Ensure((long)centroids * blocks * IntegerDots.Rows);
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
    /// for this row. <paramref name="rows"/> is the query's, without padding.
    /// </summary>
    internal void Pick(ReadOnlySpan<ushort> codes, int margin, int rows, TokenPick pick)
    {
        pick.Begin(_blocks, codes.Length);
        for (int block = 0; block < _blocks; block++)
        {
            Vector256<byte> least = Vector256.SubtractSaturate(Best(codes, block), Vector256.Create((byte)margin));
            Vector256<byte> isRow = Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)Math.Min(IntegerDots.Rows, rows - (block * IntegerDots.Rows))));
            least = Vector256.ConditionalSelect(isRow, least, Vector256<byte>.AllBitsSet);
            byte* table = _bytes.Pointer + (block * IntegerDots.Rows);
            int stride = _blocks * IntegerDots.Rows, count = 0;
            Span<int> tokens = pick.Room(block);
            for (int t = 0; t < codes.Length; t++)
            {
                tokens[count] = t;
                count += Vector256.GreaterThanOrEqualAny(Vector256.Load(table + ((long)codes[t] * stride)), least) ? 1 : 0;
            }

            pick.End(block, count);
        }
    }

    public void Dispose() => _bytes.Dispose();

    /// <summary>The largest byte of each row: four maxima that do not wait for one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<byte> Best(ReadOnlySpan<ushort> codes, int block)
    {
        Vector256<byte> a = Vector256<byte>.Zero, b = a, c = a, d = a;
        byte* table = _bytes.Pointer + (block * IntegerDots.Rows);
        nint stride = _blocks * IntegerDots.Rows;
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

    /// <summary>The table of the scan has the offset of the weights' grid in it, which is no part of the centroid's cosine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Round(float* scores, Vector256<float> offsets)
    {
        Vector256<float> rounded = ((Vector256.Load(scores) - offsets) * Steps) + Vector256.Create(Zero + 0.5f);
        return Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(rounded, Vector256<float>.Zero), Vector256.Create(255f))).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum(Vector256<byte> bytes)
    {
        (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(bytes);
        return Vector256.Sum(low + high); // at most 32 x 255
    }
}
