using Jmlr.Models.Weights;

namespace Jmlr.Llm.Weights;

/// <summary>A stored matrix as the packer reads it: rows of bytes that stay in place while it works.</summary>
/// <param name="Name">Name in the file, for errors.</param>
/// <param name="Type">Element or block type.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Start">Address of the first row.</param>
/// <param name="PairedHead">
/// 0, or the head size when rows of a head are stored in pairs (i, i + half) next to each other, as GGUF does for Q and K; they are put back into the order
/// of Hugging Face, so that there is one RoPE.
/// </param>
readonly record struct SourceMatrix(string Name, TensorType Type, int Rows, int Columns, nint Start, int PairedHead)
{
    internal long RowBytes => TensorTypes.ByteLength(Type, Columns);

    /// <summary>Bytes of row <paramref name="row"/> in Hugging Face order.</summary>
    internal unsafe ReadOnlySpan<byte> Row(int row) => new(At(row), checked((int)RowBytes));

    /// <summary>Where that row lies.</summary>
    internal unsafe byte* At(int row) => (byte*)Start + ((PairedHead > 0 ? StoredRow(row, PairedHead) : row) * RowBytes);

    /// <summary>Where a row of Hugging Face lies when the rows of heads of <paramref name="head"/> are stored in pairs.</summary>
    internal static int StoredRow(int row, int head)
    {
        int inHead = row % head, half = head / 2;
        return row - inHead + (inHead % half * 2) + (inHead / half);
    }
}
