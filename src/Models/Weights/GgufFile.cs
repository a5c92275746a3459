using System.Globalization;

namespace Jmlr.Models.Weights;

/// <summary>A GGUF file of version 2 or 3, memory-mapped (format: ggml <c>docs/gguf.md</c>); a first file of a split set opens the others too. Validated whole on opening.</summary>
public sealed class GgufFile : IWeightSource
{
    private const int MaximumSplits = 1000;
    private readonly List<MappedFile> _files = [];
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);

    /// <summary>Opens and validates <paramref name="path"/>.</summary>
    public GgufFile(string path)
    {
        Path = path;
        try
        {
            Metadata = Add(path);
            long count = Metadata.GetInteger("split.count") ?? 1;
            if (count is < 1 or > MaximumSplits)
            {
                Throw.Malformed(path, $"split.count {count}: allowed are 1 to {MaximumSplits}");
            }

            for (int part = 2; part <= count; part++)
            {
                string other = SplitName(path, part, (int)count);
                if (Add(other).GetInteger("split.no") is long number && number != part - 1)
                {
                    Throw.Malformed(other, $"split.no is {number}: file {part} of the set must say {part - 1}");
                }
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
        foreach (MappedFile file in _files)
        {
            if (ReferenceEquals(file.Path, tensor.File))
            {
                return file.Slice(tensor.Offset, tensor.ByteLength);
            }
        }

        Throw.NoTensor(Path, name);
        return [];
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination) => TensorReading.ReadFloat32(this, name, destination);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    /// <summary>True for the second and later files of a split set, which the first one opens.</summary>
    internal static bool IsLaterSplit(string path)
    {
        // ...-00002-of-00003.gguf
        ReadOnlySpan<char> name = path;
        return name.Length > 20 && name[^20] == '-' && name[^14..].StartsWith("-of-") && name[^5..] is ".gguf" && name[^19..^14] is not "00001"
            && !name[^19..^14].ContainsAnyExceptInRange('0', '9') && !name[^10..^5].ContainsAnyExceptInRange('0', '9');
    }

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
