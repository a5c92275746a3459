namespace Jmlr.Models.Weights.Torch;

/// <summary>
/// A PyTorch checkpoint in the zip form (<c>torch.save</c> since 1.6): tensors are described by a pickle that is interpreted with a short list of
/// allowed names and never executed; their data is mapped from the archive. The older form without zip is refused.
/// </summary>
public sealed class TorchFile : IWeightSource
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TorchTensor> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _gathered = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Opens and validates <paramref name="path"/>.</summary>
    public TorchFile(string path)
    {
        _file = new MappedFile(path);
        try
        {
            TorchArchive archive = TorchArchive.Read(_file);
            object root = new PickleReader(path, archive.Pickle(_file), storage => TorchStorage.Resolve(archive, storage, path)).Read();
            if (root is not PickleDictionary dictionary)
            {
                Throw.Malformed(path, $"the top level of the pickle is a {PickleValues.Describe(root)}: a dictionary of tensors is needed");
                return;
            }

            Collect(HasTensors(dictionary) ? dictionary : Inner(dictionary));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    internal static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetBytes(string name)
    {
        TensorInfo info = TensorReading.Find(this, name);
        TorchTensor view = _views[name];
        if (view.IsContiguous)
        {
            return _file.Slice(info.Offset, info.ByteLength);
        }

        lock (_gate)
        {
            if (!_gathered.TryGetValue(name, out byte[]? bytes))
            {
                _gathered[name] = bytes = view.Gather(_file.Slice(view.Storage.Offset, view.Storage.ByteLength), Path, name);
            }

            return bytes;
        }
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination) => TensorReading.ReadFloat32(this, name, destination);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static bool HasTensors(PickleDictionary dictionary) => dictionary.Items.Exists(item => item.Value is TorchTensor);

    /// <summary>The one dictionary of tensors in a training checkpoint (<c>state_dict</c>, <c>model</c>).</summary>
    private PickleDictionary Inner(PickleDictionary outer)
    {
        KeyValuePair<object, object>[] inner = [.. outer.Items.Where(item => item.Value is PickleDictionary dictionary && HasTensors(dictionary))];
        if (inner.Length != 1)
        {
            Throw.Malformed(Path, inner.Length == 0
                ? "the checkpoint holds no tensors"
                : $"tensors lie in {inner.Length} dictionaries ({string.Join(", ", inner.Select(item => item.Key))}): save the one of the model alone");
        }

        return (PickleDictionary)inner[0].Value;
    }

    /// <summary>Tensors of one dictionary; other values (counters, nested dictionaries) are left alone.</summary>
    private void Collect(PickleDictionary dictionary)
    {
        foreach ((object key, object value) in dictionary.Items)
        {
            if (value is TorchTensor tensor)
            {
                string name = key as string ?? "";
                if (key is not string || !_views.TryAdd(name, tensor))
                {
                    Throw.Malformed(Path, key is string ? $"tensor '{name}' stands twice" : $"a tensor is named by a {PickleValues.Describe(key)}: a string is needed");
                }

                tensor.Check(Path, name);
                long bytes = TensorTypes.ElementCount(tensor.Shape)!.Value * TensorTypes.BlockBytes(tensor.Storage.Type);
                _tensors[name] = new TensorInfo(name, tensor.Storage.Type, tensor.Shape, Path, tensor.Storage.Offset + (tensor.Start * TensorTypes.BlockBytes(tensor.Storage.Type)), bytes);
            }
        }
    }
}
