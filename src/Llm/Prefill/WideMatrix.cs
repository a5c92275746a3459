using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Prefill;

/// <summary>Matrices that meet the same inputs, side by side as one.</summary>
sealed class WideMatrix(params PackedMatrix[] parts)
{
    /// <summary>The matrices, in the order of their rows.</summary>
    internal ReadOnlySpan<PackedMatrix> Parts => parts;

    /// <summary>Input columns.</summary>
    internal int Columns { get; } = parts[0].Columns;

    /// <summary>Tiles of all parts.</summary>
    internal int TileCount { get; } = parts.Sum(part => part.TileCount);

    /// <summary>Padded rows of all parts.</summary>
    internal int Rows => TileCount * TileFormats.Rows;

    /// <summary>Row at which part <paramref name="index"/> begins.</summary>
    internal int Start(int index)
    {
        int rows = 0;
        for (int i = 0; i < index; i++)
        {
            rows += parts[i].PaddedRows;
        }

        return rows;
    }

    /// <summary>What of part <paramref name="index"/> lies in the panel of <paramref name="tiles"/> tiles from tile <paramref name="first"/> on: its first tile, how many (none: 0 or less), and its first row in the panel.</summary>
    internal (int Tile, int Count, int Row) Within(int index, int first, int tiles)
    {
        int start = (Start(index) / TileFormats.Rows) - first, tile = Math.Max(-start, 0);
        return (tile, Math.Min(tiles - start, parts[index].TileCount) - tile, (start + tile) * TileFormats.Rows);
    }
}
