using System.Globalization;

namespace Jmlr.Models.Weights;

/// <summary>A GGUF file of version 2 or 3, memory-mapped (format: ggml <c>docs/gguf.md</c>); a first file of a split set opens the others too. Validated whole on opening.</summary>
public sealed class GgufFile : IWeightSource
{
    private readonly List<MappedFile> _files = [];
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);

    /// <summary>Opens and validates <paramref name="path"/>.</summary>
    public GgufFile(string path)
    {
        Path = path;
        try
        {
            Metadata = Add(path);
            int count = (int)Math.Clamp(Metadata.GetInteger("split.count") ?? 1, 1, 1000);
            for (int part = 2; part <= count; part++)
            {
                Add(SplitName(path, part, count));
            }

            if (Metadata.GetInteger("split.tensors.count") is long expected && expected != _tensors.Count)
            {
                Throw.Malformed(path, $"the split set holds {_tensors.Count} tensors, its first file says {expected}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Key-value pairs of the (first) file.</summary>
    public GgufMetadata Metadata { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetBytes(string name)
    {
        TensorInfo tensor = TensorReading.Find(this, name);
        return _files.Find(file => file.Path == tensor.File)!.Slice(tensor.Offset, tensor.ByteLength);
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination) => TensorReading.ReadFloat32(this, name, destination);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private GgufMetadata Add(string path)
    {
        var file = new MappedFile(path);
        _files.Add(file);
        var directory = GgufDirectory.Read(file);
        foreach (TensorInfo tensor in directory.Tensors)
        {
            if (!_tensors.TryAdd(tensor.Name, tensor))
            {
                Throw.Malformed(path, $"tensor '{tensor.Name}' stands twice");
            }
        }

        return directory.Metadata;
    }

    private static string SplitName(string path, int part, int count)
    {
        string first = string.Create(CultureInfo.InvariantCulture, $"-00001-of-{count:00000}.gguf");
        if (!path.EndsWith(first, StringComparison.Ordinal))
        {
            Throw.Malformed(path, $"the first of {count} split files must be named ...{first}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{path[..^first.Length]}-{part:00000}-of-{count:00000}.gguf");
    }
}
