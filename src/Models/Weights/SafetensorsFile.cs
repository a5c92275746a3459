namespace Jmlr.Models.Weights;

/// <summary>One safetensors file, memory-mapped (format: safetensors <c>README.md</c>). The whole header is validated before any tensor is handed out.</summary>
public sealed class SafetensorsFile : IWeightSource
{
    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;

    /// <summary>Opens and validates <paramref name="path"/>.</summary>
    public SafetensorsFile(string path)
    {
        _file = new MappedFile(path);
        try
        {
            _header = SafetensorsHeader.Read(_file);
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
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    /// <summary>The free-form strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>True when the file begins like a safetensors file: a plausible header length and an opening brace.</summary>
    internal static bool Recognise(ReadOnlySpan<byte> start, long fileLength) =>
        start.Length >= 9 && start[8] == (byte)'{' && System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)fileLength;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetBytes(string name)
    {
        TensorInfo tensor = TensorReading.Find(this, name);
        return _file.Slice(tensor.Offset, tensor.ByteLength);
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination) => TensorReading.ReadFloat32(this, name, destination);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
