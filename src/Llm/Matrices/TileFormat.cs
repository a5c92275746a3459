namespace Jmlr.Llm.Matrices;

/// <summary>
/// Layout of a tile: 16 rows of a matrix, interleaved so that one vector holds the same columns of all 16. The same for every instruction set.
/// Quantised tiles hold, per block of 32 columns, 16 fp16 scales, with <c>Min</c> 16 fp16 minima, then groups of 4 columns x 16 rows.
/// </summary>
enum TileFormat
{
    /// <summary>fp32: per column 16 values.</summary>
    F32,
    /// <summary>4 bits, x = d (q - 8): Q4_0.</summary>
    Q4,
    /// <summary>4 bits, x = d q + m: Q4_1, Q4_K.</summary>
    Q4Min,
    /// <summary>8 bits, x = d (q - 128): Q8_0 and all that is requantised.</summary>
    Q8,
    /// <summary>8 bits, x = d q + m: Q5_1, Q5_K.</summary>
    Q8Min,
}

/// <summary>Sizes of tiles.</summary>
static class TileFormats
{
    /// <summary>Rows of a tile.</summary>
    internal const int Rows = 16;

    /// <summary>Columns of a block: the unit of scales, of weights and of activations.</summary>
    internal const int Block = 32;

    /// <summary>Bytes of 16 rows x 32 columns.</summary>
    internal static int BlockBytes(TileFormat format) => format switch
    {
        TileFormat.F32 => Rows * Block * sizeof(float),
        TileFormat.Q4 => 32 + 256,
        TileFormat.Q4Min => 64 + 256,
        TileFormat.Q8 => 32 + 512,
        _ => 64 + 512,
    };

    /// <summary>Bytes before the weights of a block.</summary>
    internal static int HeaderBytes(TileFormat format) => format switch
    {
        TileFormat.F32 => 0,
        TileFormat.Q4 or TileFormat.Q8 => 32,
        _ => 64,
    };

    /// <summary>Bytes of one tile of <paramref name="columns"/> columns; quantised ones need whole blocks.</summary>
    internal static long TileBytes(TileFormat format, int columns) =>
        format == TileFormat.F32 ? (long)columns * Rows * sizeof(float) : (long)(columns / Block) * BlockBytes(format);
}
