using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Models.Weights.Torch;

/// <summary>A tensor to be written.</summary>
/// <param name="Type">F32, F16, I32, I64 or U8.</param>
/// <param name="Shape">Sizes; none for a scalar.</param>
/// <param name="Data">Little-endian values, row by row.</param>
public sealed record TorchValue(TensorType Type, long[] Shape, ReadOnlyMemory<byte> Data);

/// <summary>Writes the pickle of a tensor or a tuple of tensors, opcode for opcode as Python's protocol 2 does.</summary>
sealed class TorchPickle
{
    private readonly List<byte> _bytes = [0x80, 2];
    private readonly Dictionary<string, byte> _memo = new(StringComparer.Ordinal);
    private int _next;

    /// <summary>Pickle of one tensor, or of a tuple of two or three.</summary>
    internal static byte[] Of(IReadOnlyList<TorchValue> tensors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tensors.Count, 3);
        var pickle = new TorchPickle();
        for (int i = 0; i < tensors.Count; i++)
        {
            pickle.Tensor(tensors[i], i);
        }

        if (tensors.Count > 1)
        {
            pickle._bytes.Add((byte)(0x84 + tensors.Count)); // TUPLE2, TUPLE3
            pickle.Remember(null);
        }

        pickle._bytes.Add((byte)'.');
        return [.. pickle._bytes];
    }

    private void Tensor(TorchValue tensor, int key)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        _bytes.AddRange("(("u8);
        Text("storage");
        Global("torch", StorageOf(tensor.Type));
        Text(key.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Text("cpu");
        Integer(tensor.Data.Length / TensorTypes.BlockBytes(tensor.Type));
        _bytes.Add((byte)'t');
        Remember(null);
        _bytes.Add((byte)'Q');
        Integer(0);
        long[] strides = new long[tensor.Shape.Length];
        long stride = 1;
        for (int i = strides.Length - 1; i >= 0; i--)
        {
            (strides[i], stride) = (stride, stride * tensor.Shape[i]);
        }

        Tuple(tensor.Shape);
        Tuple(strides);
        _bytes.Add(0x89); // no gradient
        Global("collections", "OrderedDict");
        _bytes.AddRange(")R"u8);
        Remember(null);
        _bytes.Add((byte)'t');
        Remember(null);
        _bytes.Add((byte)'R');
        Remember(null);
    }

    private void Tuple(long[] values)
    {
        if (values.Length == 0)
        {
            _bytes.Add((byte)')');
            return;
        }

        foreach (long value in values)
        {
            Integer(value);
        }

        _bytes.Add((byte)(0x84 + values.Length)); // TUPLE1 to TUPLE3
        Remember(null);
    }

    private void Integer(long value)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        (byte opcode, int length) = value switch
        {
            >= 0 and <= byte.MaxValue => ((byte)'K', 1),
            >= 0 and <= ushort.MaxValue => ((byte)'M', 2),
            >= 0 and <= int.MaxValue => ((byte)'J', 4),
            _ => ((byte)0x8a, 8),
        };
        _bytes.Add(opcode);
        if (length == 8)
        {
            _bytes.Add(8);
        }

        _bytes.AddRange(number[..length]);
    }

    private void Global(string module, string name)
    {
        if (!Recall($"c{module}.{name}"))
        {
            _bytes.AddRange(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));
            Remember($"c{module}.{name}");
        }
    }

    private void Text(string text)
    {
        if (!Recall(text))
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
            _bytes.Add((byte)'X');
            _bytes.AddRange(length);
            _bytes.AddRange(Encoding.ASCII.GetBytes(text));
            Remember(text);
        }
    }

    private bool Recall(string what)
    {
        if (!_memo.TryGetValue(what, out byte index))
        {
            return false;
        }

        _bytes.AddRange([(byte)'h', index]);
        return true;
    }

    private void Remember(string? what)
    {
        _bytes.AddRange([(byte)'q', checked((byte)_next)]);
        if (what is not null)
        {
            _memo[what] = (byte)_next;
        }

        _next++;
    }

    private static string StorageOf(TensorType type) => type switch
    {
        TensorType.F32 => "FloatStorage",
        TensorType.F16 => "HalfStorage",
        TensorType.I32 => "IntStorage",
        TensorType.I64 => "LongStorage",
        TensorType.U8 => "ByteStorage",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
