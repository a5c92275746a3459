using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Jmlr.Models.Weights;

/// <summary>The JSON header of a safetensors file, read strictly: no duplicate names, no holes, no overlaps, no size that does not fit.</summary>
sealed class SafetensorsHeader
{
    private const long MaximumHeaderBytes = 100_000_000;
    private const int MaximumTensors = 1_000_000;
    internal const string MetadataName = "__metadata__";

    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _fileLength;

    private SafetensorsHeader(string path, long dataStart, long fileLength)
    {
        _path = path;
        _dataStart = dataStart;
        _fileLength = fileLength;
    }

    internal IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    internal IReadOnlyDictionary<string, string> Metadata => _metadata;

    internal static SafetensorsHeader Read(MappedFile file)
    {
        if (file.Length < 8)
        {
            Throw.Malformed(file.Path, $"not a safetensors file: {file.Length} bytes, the header length alone takes 8");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, 8));
        if (length is 0 or > MaximumHeaderBytes || length > (ulong)(file.Length - 8))
        {
            Throw.Malformed(file.Path, $"header length {length}: allowed are 2 to {Math.Min(MaximumHeaderBytes, file.Length - 8)}", 0);
        }

        var header = new SafetensorsHeader(file.Path, 8 + (long)length, file.Length);
        try
        {
            header.Parse(file.Slice(8, (long)length));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException or FormatException)
        {
            Throw.Malformed(file.Path, $"the header is not valid JSON of the expected form: {error.Message}", 8);
        }

        header.CheckLayout();
        return header;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(json);
        if (json[0] != (byte)'{')
        {
            Throw.Malformed(_path, "the header does not begin with '{'", 8);
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        Expect(ref reader, JsonTokenType.StartObject, "an object");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (name == MetadataName)
            {
                ReadMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)) || _tensors.Count > MaximumTensors)
            {
                Throw.Malformed(_path, $"tensor '{name}' stands twice in the header, or there are more than {MaximumTensors}", 8 + reader.TokenStartIndex);
            }
        }

        while (reader.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, "an object");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, $"{MetadataName}.{key} as a string");
            if (!_metadata.TryAdd(key, reader.GetString()!))
            {
                Throw.Malformed(_path, $"{MetadataName} holds '{key}' twice", 8 + reader.TokenStartIndex);
            }
        }
    }

    private TensorInfo ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string? type = null;
        long[]? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, $"'{name}' as an object");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            switch (field)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, $"{name}.dtype as a string");
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, $"{name}.shape");
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, $"{name}.data_offsets");
                    break;
                default:
                    Throw.Malformed(_path, $"tensor '{name}' has an unknown or repeated field '{field}'", 8 + reader.TokenStartIndex);
                    break;
            }
        }

        if (type is null || shape is null || offsets is not { Length: 2 })
        {
            Throw.Malformed(_path, $"tensor '{name}' needs dtype, shape and two data_offsets");
        }

        return Describe(name, TypeOf(name, type), shape, offsets[0], offsets[1]);
    }

    private TensorInfo Describe(string name, TensorType type, long[] shape, long begin, long end)
    {
        if (begin < 0 || end < begin || end > _fileLength - _dataStart)
        {
            Throw.Malformed(_path, $"tensor '{name}' has data_offsets [{begin}, {end}]: allowed are 0 to {_fileLength - _dataStart}");
        }

        if (TensorTypes.ElementCount(shape) is not long count || count > long.MaxValue / 8 || count * TensorTypes.BlockBytes(type) != end - begin)
        {
            Throw.Malformed(_path, $"tensor '{name}' has shape [{string.Join(", ", shape)}] of {type}, which does not take the {end - begin} bytes given");
        }

        return new TensorInfo(name, type, shape, _path, _dataStart + begin, end - begin);
    }

    /// <summary>The tensors must fill the data without holes or overlaps.</summary>
    private void CheckLayout()
    {
        long at = _dataStart;
        foreach (TensorInfo tensor in _tensors.Values.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteLength))
        {
            if (tensor.Offset != at)
            {
                Throw.Malformed(_path, $"tensor '{tensor.Name}' begins at byte {tensor.Offset}, the one before it ends at {at}", tensor.Offset);
            }

            at += tensor.ByteLength;
        }

        if (at != _fileLength)
        {
            Throw.Malformed(_path, $"{_fileLength - at} bytes after the last tensor", at);
        }
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string what)
    {
        var numbers = new List<long>(4);
        Expect(ref reader, JsonTokenType.StartArray, $"{what} as an array");
        while (Next(ref reader) == JsonTokenType.Number)
        {
            if (numbers.Count == 64 || !reader.TryGetInt64(out long value))
            {
                Throw.Malformed(_path, $"{what}: at most 64 whole numbers of 64 bits are taken", 8 + reader.TokenStartIndex);
                return [];
            }

            numbers.Add(value);
        }

        if (reader.TokenType != JsonTokenType.EndArray)
        {
            Throw.Malformed(_path, $"{what} holds a {reader.TokenType}: expected whole numbers", 8 + reader.TokenStartIndex);
        }

        return [.. numbers];
    }

    private TensorType TypeOf(string name, string type)
    {
        switch (type)
        {
            case "F64": return TensorType.F64;
            case "F32": return TensorType.F32;
            case "F16": return TensorType.F16;
            case "BF16": return TensorType.BF16;
            case "I64": return TensorType.I64;
            case "I32": return TensorType.I32;
            case "I16": return TensorType.I16;
            case "I8": return TensorType.I8;
            case "U8": return TensorType.U8;
            case "BOOL": return TensorType.Bool;
            default:
                Throw.Malformed(_path, $"tensor '{name}' has dtype '{type}': allowed are F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL");
                return default;
        }
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) => reader.Read() ? reader.TokenType : throw new JsonException("it ends too early");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (Next(ref reader) != type)
        {
            throw new JsonException($"expected {what}, found {reader.TokenType} at byte {reader.TokenStartIndex}");
        }
    }
}
