using Jmlr.Models.Weights;

namespace Jmlr.Llm.Matrices;

/// <summary>A weight matrix [rows, columns] repacked into tiles in memory that belongs to the model.</summary>
sealed unsafe class PackedMatrix(TileFormat format, int rows, int columns, byte* data, float* bias = null)
{
    /// <summary>Added to each row's product [PaddedRows], or null.</summary>
    internal float* Bias => bias;

    /// <summary>Layout.</summary>
    internal TileFormat Format => format;

    /// <summary>Output rows.</summary>
    internal int Rows => rows;

    /// <summary>Input columns.</summary>
    internal int Columns => columns;

    /// <summary>Tiles; the last is padded with zero rows.</summary>
    internal int TileCount { get; } = Padded(rows) / TileFormats.Rows;

    /// <summary>Rows with the padding.</summary>
    internal int PaddedRows => TileCount * TileFormats.Rows;

    /// <summary>Rows of whole tiles.</summary>
    internal static int Padded(int rows) => (rows + TileFormats.Rows - 1) / TileFormats.Rows * TileFormats.Rows;

    /// <summary>Bytes from one tile to the next.</summary>
    internal long TileBytes { get; } = TileFormats.TileBytes(format, columns);

    /// <summary>Bytes in all.</summary>
    internal long ByteLength => TileCount * TileBytes;

    /// <summary>First tile.</summary>
    internal byte* Data => data;

    /// <summary>Bytes that such a matrix takes.</summary>
    internal static long Measure(TileFormat format, int rows, int columns) =>
        checked((long)(rows + TileFormats.Rows - 1) / TileFormats.Rows * TileFormats.TileBytes(format, columns));

    /// <summary>Widens one row to fp32 [columns]: embeddings are read this way.</summary>
    internal void ReadRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)rows);
        byte* tile = data + (row / TileFormats.Rows * TileBytes);
        int lane = row % TileFormats.Rows;
        if (format == TileFormat.F32)
        {
            for (int c = 0; c < columns; c++)
            {
                destination[c] = ((float*)tile)[(c * TileFormats.Rows) + lane];
            }

            return;
        }

        int blockBytes = TileFormats.BlockBytes(format), header = TileFormats.HeaderBytes(format);
        bool four = format is TileFormat.Q4 or TileFormat.Q4Min;
        for (int b = 0; b < columns / TileFormats.Block; b++, tile += blockBytes)
        {
            float d = HalfFloats.Widen(((ushort*)tile)[lane]);
            // Without a minimum the product is exact: one rounding at most, as in ggml.
            int zero = format switch { TileFormat.Q4 => 8, TileFormat.Q8 => 128, _ => 0 };
            float m = zero == 0 ? HalfFloats.Widen(((ushort*)tile)[16 + lane]) : 0;
            Span<float> y = destination.Slice(b * TileFormats.Block, TileFormats.Block);
            for (int k = 0; k < TileFormats.Block; k++)
            {
                y[k] = (d * (Quant(tile + header, four, k, lane) - zero)) + m;
            }
        }
    }

    /// <summary>The unsigned quant of column <paramref name="k"/> of a block.</summary>
    internal static int Quant(byte* weights, bool four, int k, int lane)
    {
        if (!four)
        {
            return weights[(k / 4 * 64) + (lane * 4) + (k % 4)];
        }

        byte pair = weights[(k % 16 / 4 * 64) + (lane * 4) + (k % 4)];
        return k < 16 ? pair & 15 : pair >> 4;
    }
}
