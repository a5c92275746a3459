namespace Jmlr.Models.Weights;

/// <summary>Directory entry of one tensor in a weight file.</summary>
/// <param name="Name">Name as stored.</param>
/// <param name="Type">Element or block type.</param>
/// <param name="Shape">Row-major shape, outermost dimension first (PyTorch order; GGUF dims are reversed on reading). Empty for a scalar.</param>
/// <param name="File">File that holds the data.</param>
/// <param name="Offset">Byte offset of the first element in <paramref name="File"/>. A PyTorch view may not lie row by row there: read it through <see cref="IWeightSource.GetBytes"/>.</param>
/// <param name="ByteLength">Length of the data in bytes.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, string File, long Offset, long ByteLength)
{
    /// <summary>Number of elements.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => checked(product * size));
}
