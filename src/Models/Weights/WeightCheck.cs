namespace Jmlr.Models.Weights;

/// <summary>Looks at the values of a checkpoint, which the formats leave free.</summary>
public static class WeightCheck
{
    private const int PieceElements = 1 << 14; // a multiple of every block size

    /// <summary>Tensors that hold NaN or infinities, with how many; reads every value once. Integer tensors are passed over.</summary>
    public static IReadOnlyList<(string Name, long Count)> NonFinite(IWeightSource source, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var found = new List<(string, long)>();
        float[] piece = new float[PieceElements];
        foreach ((string name, TensorInfo tensor) in source.Tensors)
        {
            cancellation.ThrowIfCancellationRequested();
            long count = Count(source.GetBytes(name), tensor.Type, piece);
            if (count > 0)
            {
                found.Add((name, count));
            }
        }

        return found;
    }

    private static long Count(ReadOnlySpan<byte> bytes, TensorType type, float[] piece)
    {
        long count = 0;
        int step = (int)TensorTypes.ByteLength(type, PieceElements);
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> part = bytes[..Math.Min(step, bytes.Length)];
            Span<float> values = piece.AsSpan(0, part.Length / TensorTypes.BlockBytes(type) * TensorTypes.BlockSize(type));
            if (!Dequantiser.TryConvert(type, part, values))
            {
                return 0;
            }

            foreach (float value in values)
            {
                count += float.IsFinite(value) ? 0 : 1;
            }

            bytes = bytes[part.Length..];
        }

        return count;
    }
}
