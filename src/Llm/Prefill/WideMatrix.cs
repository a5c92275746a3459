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
    internal int Start(int index) => parts.Take(index).Sum(part => part.PaddedRows);
}
