using Jmlr.Models.Weights;

namespace Jmlr.Index.Encoding.Bert;

/// <summary>An embedding whose rows are widened from the open file as they are needed. Its name is looked for once, not for every token.</summary>
sealed class EmbeddingRows(IWeightSource source, TensorInfo tensor)
{
    /// <summary>One row, [hidden], in fp32.</summary>
    internal void Read(long row, Span<float> destination)
    {
        int bytes = (int)TensorTypes.ByteLength(tensor.Type, destination.Length);
        Dequantiser.TryConvert(tensor.Type, source.GetBytes(tensor.Name).Slice(checked((int)(row * bytes)), bytes), destination);
    }
}
