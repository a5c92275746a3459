namespace Jmlr.Models.Weights;

/// <summary>What every weight source does the same way.</summary>
static class TensorReading
{
    internal static TensorInfo Find(IWeightSource source, string name)
    {
        if (!source.Tensors.TryGetValue(name, out TensorInfo? tensor))
        {
            Throw.NoTensor(source.Path, name);
        }

        return tensor;
    }

    internal static void ReadFloat32(IWeightSource source, string name, Span<float> destination)
    {
        TensorInfo tensor = Find(source, name);
        if (destination.Length != tensor.ElementCount)
        {
            Throw.WrongSize(source.Path, name, tensor.ElementCount, destination.Length);
        }

        if (!Dequantiser.TryConvert(tensor.Type, source.GetBytes(name), destination))
        {
            Throw.NotFloat(source.Path, name, tensor.Type);
        }
    }
}
