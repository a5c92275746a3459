using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Models.Weights.Torch;

/// <summary>
/// Interprets the pickle of a checkpoint: about 35 opcodes of protocol 2, values kept as plain data. Nothing is imported or called; a name outside the
/// allow-list ends the reading.
/// </summary>
ref struct PickleReader(string path, ReadOnlySpan<byte> pickle, Func<object, TorchStorage> storages)
{
    private const int MaximumString = 1 << 20, MaximumName = 256, MaximumOpcodes = 4_000_000;
    private static readonly object None = new();

    private readonly ReadOnlySpan<byte> _pickle = pickle;
    private readonly PickleStack _stack = new(path);
    private int _at;

    /// <summary>The value on the stack at STOP.</summary>
    internal object Read()
    {
        for (int count = 0; count < MaximumOpcodes; count++)
        {
            _stack.At = _at;
            byte opcode = Take(1)[0];
            if (opcode == (byte)'.')
            {
                return _stack.Pop();
            }

            Execute(opcode);
        }

        Refuse($"more than {MaximumOpcodes} opcodes");
        return None;
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                if (Take(1)[0] != 2)
                {
                    Refuse("pickle protocol 2 is expected");
                }

                break;
            case (byte)'(': _stack.PushMark(); break;
            case (byte)'N': _stack.Push(None); break;
            case 0x88: _stack.Push(true); break;
            case 0x89: _stack.Push(false); break;
            case (byte)'J': _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'K': _stack.Push((long)Take(1)[0]); break;
            case (byte)'M': _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case (byte)'G': _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 0x8a: _stack.Push(ReadLong(Take(1)[0])); break; // LONG1
            case (byte)'X': _stack.Push(ReadText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'q': _stack.Memorise(Take(1)[0]); break;
            case (byte)'r': _stack.Memorise(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case (byte)'h': _stack.Recall(Take(1)[0]); break;
            case (byte)'j': _stack.Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case (byte)')': _stack.Push(Array.Empty<object>()); break;
            case (byte)'t': _stack.Push(_stack.PopToMark()); break;
            case 0x85: _stack.Push(_stack.PopMany(1)); break;
            case 0x86: _stack.Push(_stack.PopMany(2)); break;
            case 0x87: _stack.Push(_stack.PopMany(3)); break;
            case (byte)']': _stack.Push(new List<object>()); break;
            case (byte)'a': Append([_stack.Pop()]); break;
            case (byte)'e': Append(_stack.PopToMark()); break;
            case (byte)'}': _stack.Push(new PickleDictionary()); break;
            case (byte)'s': SetItems(_stack.PopMany(2)); break;
            case (byte)'u': SetItems(_stack.PopToMark()); break;
            case (byte)'0': _stack.Pop(); break;
            case (byte)'c': _stack.Push(ReadGlobal()); break;
            case (byte)'Q': _stack.Push(storages(_stack.Pop())); break; // BINPERSID
            case (byte)'R': Reduce(); break;
            case (byte)'b': Build(); break;
            default: Refuse($"opcode 0x{opcode:x2} is not part of a checkpoint"); break;
        }
    }

    private PickleGlobal ReadGlobal()
    {
        var global = new PickleGlobal(ReadLine(), ReadLine());
        if (!global.IsAllowed)
        {
            Refuse($"the pickle names {global}, which a checkpoint of tensors has no use for; it was not executed");
        }

        return global;
    }

    private readonly void Reduce()
    {
        object arguments = _stack.Pop(), callable = _stack.Pop();
        if (callable is not PickleGlobal global || arguments is not object[] values)
        {
            Refuse($"a call of a {PickleValues.Describe(callable)}");
            return;
        }

        object? result = global.Name switch
        {
            "OrderedDict" when values.Length == 0 => new PickleDictionary(),
            "_rebuild_parameter" when values is [TorchTensor tensor, ..] => tensor,
            "_rebuild_tensor_v2" => Rebuild(values),
            // A tensor with attributes of its own: (function, type, arguments, state).
            "_rebuild_from_type_v2" when values is [PickleGlobal { Name: "_rebuild_tensor_v2" }, PickleGlobal { Name: "Tensor" or "Parameter" }, object[] inner, _] => Rebuild(inner),
            _ => null,
        };
        if (result is null)
        {
            Refuse($"a call of {global} with arguments that do not fit");
            return;
        }

        _stack.Push(result);
    }

    private static TorchTensor? Rebuild(object[] values) =>
        values is [TorchStorage storage, long first, object[] shape, object[] strides, ..] && shape.All(size => size is long) && strides.All(stride => stride is long)
            ? new TorchTensor(storage, first, [.. shape.Cast<long>()], [.. strides.Cast<long>()])
            : null;

    // Attributes of an OrderedDict (_metadata) are of no interest.
    private readonly void Build()
    {
        object state = _stack.Pop();
        if (state is not PickleDictionary || _stack.Peek() is not (PickleDictionary or TorchTensor))
        {
            Refuse($"BUILD of a {PickleValues.Describe(_stack.Peek())} with a {PickleValues.Describe(state)}");
        }
    }

    private readonly void SetItems(object[] items)
    {
        if (items.Length % 2 != 0 || _stack.Peek() is not PickleDictionary dictionary)
        {
            Refuse("SETITEMS without a dictionary or a value");
            return;
        }

        _stack.CountItems(items.Length);
        for (int i = 0; i < items.Length; i += 2)
        {
            if (ReferenceEquals(items[i + 1], dictionary))
            {
                Refuse("a dictionary that contains itself");
            }

            dictionary.Items.Add(new(items[i], items[i + 1]));
        }
    }

    private readonly void Append(object[] items)
    {
        if (_stack.Peek() is not List<object> list)
        {
            Refuse("APPEND without a list");
            return;
        }

        _stack.CountItems(items.Length);
        list.AddRange(items);
    }

    private long ReadLong(int length)
    {
        ReadOnlySpan<byte> bytes = Take(length);
        if (length > 8)
        {
            Refuse($"an integer of {length} bytes: at most 8 are read");
        }

        long value = 0;
        for (int i = 0; i < length; i++)
        {
            value |= (long)bytes[i] << (8 * i);
        }

        return length is > 0 and < 8 && (bytes[length - 1] & 0x80) != 0 ? value | (-1L << (8 * length)) : value;
    }

    private string ReadText(long length)
    {
        if (length > MaximumString)
        {
            Refuse($"a string of {length} bytes: at most {MaximumString} are read");
        }

        return Encoding.UTF8.GetString(Take((int)length));
    }

    private string ReadLine()
    {
        int length = _pickle[_at..].IndexOf((byte)'\n');
        if (length is < 0 or > MaximumName)
        {
            Refuse("a name without end");
        }

        string line = Encoding.UTF8.GetString(_pickle.Slice(_at, length));
        _at += length + 1;
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _pickle.Length - _at)
        {
            Refuse("the pickle ends too early");
        }

        _at += count;
        return _pickle.Slice(_at - count, count);
    }

    private readonly void Refuse(string what) => _stack.Refuse(what);
}
