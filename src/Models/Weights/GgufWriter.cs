using System.Buffers.Binary;
using System.Text;
using Jmlr.Models.Files;

namespace Jmlr.Models.Weights;

/// <summary>
/// Writes GGUF version 3 (ggml <c>docs/gguf.md</c>), durably: the file appears whole or not at all. Tensor data is asked for while it is written, one tensor at a
/// time, so that a model larger than memory can be converted.
/// </summary>
public sealed class GgufWriter
{
    private const int Alignment = 32;
    private const int LongestName = 63;
    private readonly List<Action<Stream>> _keys = [];
    private readonly HashSet<string> _keyNames = new(StringComparer.Ordinal);
    private readonly List<(string Name, TensorType Type, long[] Shape, Action<Stream> Write)> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Adds a string.</summary>
    public void Add(string key, string value) => Add(key, GgufValueType.String, stream => Text(stream, value));

    /// <summary>Adds an unsigned 32-bit integer.</summary>
    public void Add(string key, uint value) => Add(key, GgufValueType.U32, stream => Number(stream, value));

    /// <summary>Adds an fp32 number.</summary>
    public void Add(string key, float value) => Add(key, GgufValueType.F32, stream => Number(stream, BitConverter.SingleToUInt32Bits(value)));

    /// <summary>Adds a boolean.</summary>
    public void Add(string key, bool value) => Add(key, GgufValueType.Bool, stream => stream.WriteByte(value ? (byte)1 : (byte)0));

    /// <summary>Adds an array of strings.</summary>
    public void Add(string key, IReadOnlyCollection<string> values) => AddArray(key, GgufValueType.String, values, Text);

    /// <summary>Adds an array of fp32 numbers.</summary>
    public void Add(string key, IReadOnlyCollection<float> values) =>
        AddArray(key, GgufValueType.F32, values, static (stream, value) => Number(stream, BitConverter.SingleToUInt32Bits(value)));

    /// <summary>Adds an array of signed 32-bit integers.</summary>
    public void Add(string key, IReadOnlyCollection<int> values) => AddArray(key, GgufValueType.I32, values, static (stream, value) => Number(stream, unchecked((uint)value)));

    /// <summary>
    /// Adds a tensor of row-major <paramref name="shape"/> (outermost dimension first; the file lists it the other way round).
    /// <paramref name="write"/> must write exactly its bytes.
    /// </summary>
    public void AddTensor(string name, TensorType type, IReadOnlyList<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(name);
        if (Encoding.UTF8.GetByteCount(name) > LongestName || shape.Count is 0 or > 4 || shape[^1] % TensorTypes.BlockSize(type) != 0)
        {
            throw new ArgumentException($"tensor '{name}' [{string.Join(", ", shape)}] of {type}: GGUF takes names of {LongestName} bytes, 1 to 4 dimensions and rows of whole blocks");
        }

        if (!_names.Add(name))
        {
            Throw.BadTensorName(name);
        }

        _tensors.Add((name, type, [.. shape], write));
    }

    /// <summary>Writes the file.</summary>
    public void Write(string path) => DurableFile.Write(path, Write);

    private void Write(Stream stream)
    {
        using MemoryStream head = new();
        head.Write("GGUF"u8);
        Number(head, 3);
        Long(head, (ulong)_tensors.Count);
        Long(head, (ulong)_keys.Count);
        _keys.ForEach(write => write(head));
        long offset = 0;
        foreach ((string name, TensorType type, long[] shape, _) in _tensors)
        {
            Text(head, name);
            Number(head, (uint)shape.Length);
            for (int i = shape.Length - 1; i >= 0; i--)
            {
                Long(head, (ulong)shape[i]);
            }

            Number(head, IdOf(type));
            Long(head, (ulong)offset);
            offset = Aligned(checked(offset + Bytes(type, shape)));
        }

        Pad(head, head.Length);
        head.WriteTo(stream);
        long start = stream.Position;
        foreach ((string name, TensorType type, long[] shape, Action<Stream> write) in _tensors)
        {
            long before = stream.Position, expected = Bytes(type, shape);
            write(stream);
            if (stream.Position - before != expected)
            {
                throw new InvalidOperationException($"tensor '{name}': {stream.Position - before} bytes were written, {expected} promised");
            }

            Pad(stream, stream.Position - start);
        }
    }

    private static long Bytes(TensorType type, long[] shape) =>
        TensorTypes.ByteLength(type, TensorTypes.ElementCount(shape) ?? throw new OverflowException("tensor of more than 2^63 elements"));

    private static uint IdOf(TensorType type) => type switch
    {
        TensorType.F32 => 0,
        TensorType.F16 => 1,
        TensorType.Q4_0 => 2,
        TensorType.Q4_1 => 3,
        TensorType.Q5_0 => 6,
        TensorType.Q5_1 => 7,
        TensorType.Q8_0 => 8,
        TensorType.Q4_K => 12,
        TensorType.Q5_K => 13,
        TensorType.Q6_K => 14,
        TensorType.BF16 => 30,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a weight type of GGUF"),
    };

    private static long Aligned(long at) => (at + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream, long at)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(Aligned(at) - at)]);
    }

    private void AddArray<T>(string key, GgufValueType element, IReadOnlyCollection<T> values, Action<Stream, T> write) => Add(key, GgufValueType.Array, stream =>
    {
        Number(stream, (uint)element);
        Long(stream, (ulong)values.Count);
        foreach (T value in values)
        {
            write(stream, value);
        }
    });

    private void Add(string key, GgufValueType type, Action<Stream> write)
    {
        if (!_keyNames.Add(key))
        {
            throw new ArgumentException($"metadata key '{key}' stands twice");
        }

        _keys.Add(stream =>
        {
            Text(stream, key);
            Number(stream, (uint)type);
            write(stream);
        });
    }

    private static void Text(Stream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Long(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Number(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Long(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }
}
