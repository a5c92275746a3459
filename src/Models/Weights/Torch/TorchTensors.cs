namespace Jmlr.Models.Weights.Torch;

/// <summary>
/// A file of <c>torch.save</c> whose top level is one tensor or a tuple (or list) of tensors, as indexes of other engines have them. Read under the same
/// rules as <see cref="TorchFile"/>: nothing is executed.
/// </summary>
public sealed class TorchTensors : IDisposable
{
    private const int MostTensors = 64;
    private readonly MappedFile _file;
    private readonly TorchTensor[] _tensors;

    /// <summary>Opens and validates <paramref name="path"/>.</summary>
    public TorchTensors(string path)
    {
        _file = new MappedFile(path);
        try
        {
            TorchArchive archive = TorchArchive.Read(_file);
            object root = new PickleReader(path, archive.Pickle(_file), storage => TorchStorage.Resolve(archive, storage, path)).Read();
            object[] values = root switch
            {
                TorchTensor tensor => [tensor],
                object[] tuple => tuple,
                List<object> list => [.. list],
                _ => [root],
            };
            if (values.Length is 0 or > MostTensors || Array.Find(values, value => value is not TorchTensor) is not null)
            {
                Throw.Malformed(path, $"the top level of the pickle is a {PickleValues.Describe(root)}: a tensor, or 1 to {MostTensors} of them, is needed");
            }

            _tensors = [.. values.Cast<TorchTensor>()];
            for (int i = 0; i < _tensors.Length; i++)
            {
                _tensors[i].Check(path, $"{i}");
                if (!_tensors[i].IsContiguous)
                {
                    Throw.Malformed(path, $"tensor {i} is not stored row by row");
                }
            }
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Number of tensors.</summary>
    public int Count => _tensors.Length;

    /// <summary>Element type of a tensor.</summary>
    public TensorType Type(int index) => _tensors[index].Storage.Type;

    /// <summary>Sizes of a tensor.</summary>
    public IReadOnlyList<long> Shape(int index) => _tensors[index].Shape;

    /// <summary>Raw little-endian values of a tensor, valid until disposal.</summary>
    public ReadOnlySpan<byte> GetBytes(int index)
    {
        TorchTensor tensor = _tensors[index];
        int size = TensorTypes.BlockBytes(tensor.Storage.Type);
        return _file.Slice(tensor.Storage.Offset + (tensor.Start * size), TensorTypes.ElementCount(tensor.Shape)!.Value * size);
    }

    /// <summary>Values of an F32, F16 or BF16 tensor as fp32.</summary>
    public float[] GetFloats(int index)
    {
        float[] values = new float[TensorTypes.ElementCount(_tensors[index].Shape)!.Value];
        if (Type(index) is not (TensorType.F32 or TensorType.F16 or TensorType.BF16) || !Dequantiser.TryConvert(Type(index), GetBytes(index), values))
        {
            Throw.Malformed(Path, $"tensor {index} has elements {Type(index)}: F32, F16 or BF16 is needed");
        }

        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
