using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Jmlr.Llm.Matrices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Weights;

/// <summary>Repacks 16 stored rows into one tile. One packer per thread: it holds scratch memory.</summary>
sealed unsafe class TilePacker
{
    private readonly BlockReader _reader = new();
    private float[] _row = [];

    /// <summary>Writes tile <paramref name="tile"/> of <paramref name="matrix"/>; false when a scale or value is not finite.</summary>
    internal bool Pack(in SourceMatrix source, PackedMatrix matrix, int tile)
    {
        byte* to = matrix.Data + (tile * matrix.TileBytes);
        int rows = Math.Min(TileFormats.Rows, source.Rows - (tile * TileFormats.Rows));
        if (rows < TileFormats.Rows)
        {
            NativeMemory.Clear(to, (nuint)matrix.TileBytes);
        }

        if (rows == TileFormats.Rows && source.Type is (TensorType.Q4_0 or TensorType.Q4_1) && matrix.Format != TileFormat.F32)
        {
            byte** from = stackalloc byte*[TileFormats.Rows];
            for (int lane = 0; lane < TileFormats.Rows; lane++)
            {
                from[lane] = source.At((tile * TileFormats.Rows) + lane);
            }

            return AllNibbles(from, source.Type == TensorType.Q4_1, source.Columns, to);
        }

        bool finite = true;
        for (int lane = 0; lane < rows; lane++)
        {
            ReadOnlySpan<byte> row = source.Row((tile * TileFormats.Rows) + lane);
            finite &= matrix.Format == TileFormat.F32 ? Single(source.Type, row, source.Columns, (float*)to + lane)
                : source.Type switch
                {
                    TensorType.Q4_0 or TensorType.Q4_1 => Nibbles(row, source.Type == TensorType.Q4_1, source.Columns, to, lane),
                    TensorType.Q8_0 => Bytes(row, source.Columns, to, lane),
                    _ => Blocks(source.Type, row, source.Columns, matrix.Format, to, lane),
                };
        }

        return finite;
    }

    // As Nibbles, for 16 rows at once: the tile is written from front to back, and not 16 times in pieces of four bytes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AllNibbles(byte** rows, bool minimum, int columns, byte* to)
    {
        int stored = minimum ? 20 : 18, special = 0;
        for (int b = 0; b < columns / TileFormats.Block; b++)
        {
            ushort* header = (ushort*)to;
            uint* groups = (uint*)(to += minimum ? 64 : 32);
            for (int lane = 0; lane < TileFormats.Rows; lane++)
            {
                byte* from = rows[lane];
                rows[lane] = from + stored;
                ushort d = *(ushort*)from;
                header[lane] = d;
                special |= (d & 0x7C00) + 0x400;
                if (minimum)
                {
                    ushort m = ((ushort*)from)[1];
                    header[16 + lane] = m;
                    special |= (m & 0x7C00) + 0x400;
                }

                uint* weights = (uint*)(from + stored - 16);
                groups[lane] = weights[0];
                groups[16 + lane] = weights[1];
                groups[32 + lane] = weights[2];
                groups[48 + lane] = weights[3];
            }

            to += 256;
        }

        return (special & 0x8000) == 0;
    }

    // Byte j of a stored block holds columns j and j + 16: groups of four bytes move as they are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Nibbles(ReadOnlySpan<byte> row, bool minimum, int columns, byte* to, int lane)
    {
        int stored = minimum ? 20 : 18, header = minimum ? 64 : 32, special = 0;
        fixed (byte* start = row)
        {
            byte* from = start;
            for (int b = 0; b < columns / TileFormats.Block; b++, from += stored, to += header + 256)
            {
                ushort d = *(ushort*)from;
                ((ushort*)to)[lane] = d;
                special |= (d & 0x7C00) + 0x400;
                if (minimum)
                {
                    ushort m = ((ushort*)from)[1];
                    ((ushort*)to)[16 + lane] = m;
                    special |= (m & 0x7C00) + 0x400;
                }

                uint* weights = (uint*)(from + stored - 16), groups = (uint*)(to + header) + lane;
                groups[0] = weights[0];
                groups[16] = weights[1];
                groups[32] = weights[2];
                groups[48] = weights[3];
            }
        }

        return (special & 0x8000) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Bytes(ReadOnlySpan<byte> row, int columns, byte* to, int lane)
    {
        int special = 0;
        fixed (byte* start = row)
        {
            byte* from = start;
            for (int b = 0; b < columns / TileFormats.Block; b++, from += 34, to += 32 + 512)
            {
                ushort d = *(ushort*)from;
                ((ushort*)to)[lane] = d;
                special |= (d & 0x7C00) + 0x400;
                uint* weights = (uint*)(from + 2), groups = (uint*)(to + 32) + lane;
                for (int j = 0; j < 8; j++)
                {
                    // Signed to unsigned with an offset of 128.
                    groups[j * 16] = weights[j] ^ 0x8080_8080;
                }
            }
        }

        return (special & 0x8000) == 0;
    }

    private bool Single(TensorType type, ReadOnlySpan<byte> row, int columns, float* to)
    {
        Span<float> values = Widen(type, row, columns);
        bool finite = true;
        for (int c = 0; c < columns; c++)
        {
            finite &= float.IsFinite(values[c]);
            to[c * TileFormats.Rows] = values[c];
        }

        return finite;
    }

    private bool Blocks(TensorType type, ReadOnlySpan<byte> row, int columns, TileFormat format, byte* to, int lane)
    {
        int header = TileFormats.HeaderBytes(format), blockBytes = TileFormats.BlockBytes(format);
        Span<float> values = BlockReader.Reads(type) ? default : Widen(type, row, columns);
        bool finite = true;
        for (int b = 0; b < columns / TileFormats.Block; b++, to += blockBytes)
        {
            if (values.IsEmpty)
            {
                _reader.Read(type, row, b);
            }
            else
            {
                _reader.Quantise(values.Slice(b * TileFormats.Block, TileFormats.Block));
            }

            ((ushort*)to)[lane] = _reader.Scale;
            finite &= (_reader.Scale & 0x7C00) != 0x7C00 && (_reader.Minimum & 0x7C00) != 0x7C00;
            if (header == 64)
            {
                ((ushort*)to)[16 + lane] = _reader.Minimum;
            }

            ReadOnlySpan<byte> q = _reader.Quants;
            byte* weights = to + header + (lane * 4);
            for (int k = 0; k < (format == TileFormat.Q4Min ? 16 : 32); k++)
            {
                weights[(k / 4 * 64) + (k % 4)] = format == TileFormat.Q4Min ? (byte)(q[k] | (q[k + 16] << 4)) : q[k];
            }
        }

        return finite;
    }

    private Span<float> Widen(TensorType type, ReadOnlySpan<byte> row, int columns)
    {
        if (_row.Length < columns)
        {
            _row = new float[columns];
        }

        Span<float> values = _row.AsSpan(0, columns);
        Dequantiser.TryConvert(type, row, values);
        return values;
    }
}
