using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Models.Weights.Torch;

/// <summary>A name the pickle refers to; only those of the allow-list exist.</summary>
sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A dictionary of the pickle (also OrderedDict).</summary>
sealed class PickleDictionary
{
    internal List<KeyValuePair<object, object>> Items { get; } = [];
}

/// <summary>
/// Interprets the pickle of a checkpoint: about 35 opcodes of protocol 2, values kept as plain data. Nothing is imported or called; a name outside the
/// allow-list ends the reading.
/// </summary>
ref struct PickleReader(string path, ReadOnlySpan<byte> pickle, Func<object, TorchStorage> storages)
{
    private const int MaximumStack = 1_000_000, MaximumString = 1 << 20, MaximumItems = 10_000_000;
    private static readonly object None = new(), Mark = new();

    private readonly ReadOnlySpan<byte> _pickle = pickle;
    private readonly List<object> _stack = [];
    private readonly Dictionary<long, object> _memo = [];
    private int _at;
    private int _items;

    /// <summary>The value on the stack at STOP.</summary>
    internal object Read()
    {
        while (true)
        {
            int start = _at;
            byte opcode = Take(1)[0];
            switch (opcode)
            {
                case 0x80: // PROTO
                    if (Take(1)[0] != 2)
                    {
                        Refuse("pickle protocol 2 is expected", start);
                    }

                    break;
                case (byte)'.': return Pop();
                case (byte)'(': Push(Mark); break;
                case (byte)'N': Push(None); break;
                case 0x88: Push(true); break;
                case 0x89: Push(false); break;
                case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
                case (byte)'K': Push((long)Take(1)[0]); break;
                case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
                case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
                case 0x8a: Push(ReadLong(Take(1)[0], start)); break; // LONG1
                case (byte)'X': Push(ReadText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)), start)); break;
                case (byte)'q': _memo[Take(1)[0]] = Peek(); break;
                case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(); break;
                case (byte)'h': Push(Recall(Take(1)[0], start)); break;
                case (byte)'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)), start)); break;
                case (byte)')': Push(Array.Empty<object>()); break;
                case (byte)'t': Push(PopToMark(start)); break;
                case 0x85: Push(PopTuple(1)); break;
                case 0x86: Push(PopTuple(2)); break;
                case 0x87: Push(PopTuple(3)); break;
                case (byte)']': Push(new List<object>()); break;
                case (byte)'a': Append([Pop()], start); break;
                case (byte)'e': Append(PopToMark(start), start); break;
                case (byte)'}': Push(new PickleDictionary()); break;
                case (byte)'s': SetItems(PopTuple(2), start); break;
                case (byte)'u': SetItems(PopToMark(start), start); break;
                case (byte)'0': Pop(); break;
                case (byte)'c': Push(ReadGlobal(start)); break;
                case (byte)'Q': Push(storages(Pop())); break; // BINPERSID
                case (byte)'R': Reduce(start); break;
                case (byte)'b': Build(start); break;
                default: Refuse($"opcode 0x{opcode:x2} is not part of a checkpoint", start); break;
            }
        }
    }

    internal static string Describe(object value) => value switch
    {
        string => "string",
        long or double or bool => "number",
        object[] => "tuple",
        List<object> => "list",
        PickleDictionary => "dictionary",
        PickleGlobal global => global.ToString(),
        TorchTensor => "tensor",
        _ => "value",
    };

    private PickleGlobal ReadGlobal(int start)
    {
        var global = new PickleGlobal(ReadLine(), ReadLine());
        bool allowed = global switch
        {
            { Module: "torch._utils", Name: "_rebuild_tensor_v2" or "_rebuild_parameter" } => true,
            { Module: "collections", Name: "OrderedDict" } => true,
            { Module: "torch" } => global.Name.EndsWith("Storage", StringComparison.Ordinal),
            _ => false,
        };
        if (!allowed)
        {
            Refuse($"the pickle names {global}, which a checkpoint of tensors has no use for; it was not executed", start);
        }

        return global;
    }

    private void Reduce(int start)
    {
        object arguments = Pop(), callable = Pop();
        if (callable is not PickleGlobal global || arguments is not object[] values)
        {
            Refuse($"a call of a {Describe(callable)}", start);
            return;
        }

        switch (global.Name)
        {
            case "OrderedDict" when values.Length == 0:
                Push(new PickleDictionary());
                break;
            case "_rebuild_parameter" when values is [TorchTensor tensor, ..]:
                Push(tensor);
                break;
            case "_rebuild_tensor_v2" when values is [TorchStorage storage, long first, object[] shape, object[] strides, ..] && shape.All(size => size is long) && strides.All(stride => stride is long):
                Push(new TorchTensor(storage, first, [.. shape.Cast<long>()], [.. strides.Cast<long>()]));
                break;
            default:
                Refuse($"a call of {global} with arguments that do not fit", start);
                break;
        }
    }

    // Attributes of an OrderedDict (_metadata) are of no interest.
    private void Build(int start)
    {
        object state = Pop();
        if (state is not PickleDictionary || Peek() is not (PickleDictionary or TorchTensor))
        {
            Refuse($"BUILD of a {Describe(Peek())} with a {Describe(state)}", start);
        }
    }

    private void SetItems(object[] items, int start)
    {
        if (items.Length % 2 != 0 || Peek() is not PickleDictionary dictionary)
        {
            Refuse("SETITEMS without a dictionary or a value", start);
            return;
        }

        Count(items.Length, start);
        for (int i = 0; i < items.Length; i += 2)
        {
            if (ReferenceEquals(items[i + 1], dictionary))
            {
                Refuse("a dictionary that contains itself", start);
            }

            dictionary.Items.Add(new(items[i], items[i + 1]));
        }
    }

    private void Append(object[] items, int start)
    {
        if (Peek() is not List<object> list)
        {
            Refuse("APPEND without a list", start);
            return;
        }

        Count(items.Length, start);
        list.AddRange(items);
    }

    private long ReadLong(int length, int start)
    {
        ReadOnlySpan<byte> bytes = Take(length);
        if (length > 8)
        {
            Refuse($"an integer of {length} bytes: at most 8 are read", start);
        }

        long value = 0;
        for (int i = 0; i < length; i++)
        {
            value |= (long)bytes[i] << (8 * i);
        }

        return length is > 0 and < 8 && (bytes[length - 1] & 0x80) != 0 ? value | (-1L << (8 * length)) : value;
    }

    private string ReadText(long length, int start)
    {
        if (length > MaximumString)
        {
            Refuse($"a string of {length} bytes: at most {MaximumString} are read", start);
        }

        return Encoding.UTF8.GetString(Take((int)length));
    }

    private string ReadLine()
    {
        int length = _pickle[_at..].IndexOf((byte)'\n');
        if (length is < 0 or > 256)
        {
            Refuse("a name without end", _at);
        }

        string line = Encoding.UTF8.GetString(_pickle.Slice(_at, length));
        _at += length + 1;
        return line;
    }

    private object Recall(long index, int start)
    {
        if (!_memo.TryGetValue(index, out object? value))
        {
            Refuse($"memo {index} was never set", start);
        }

        return value!;
    }

    private void Push(object value)
    {
        if (_stack.Count == MaximumStack)
        {
            Refuse($"more than {MaximumStack} values on the stack", _at);
        }

        _stack.Add(value);
    }

    private object Peek()
    {
        if (_stack.Count == 0 || ReferenceEquals(_stack[^1], Mark))
        {
            Refuse("the stack is empty", _at);
        }

        return _stack[^1];
    }

    private object Pop()
    {
        object value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object[] PopTuple(int count)
    {
        object[] values = new object[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object[] PopToMark(int start)
    {
        int mark = _stack.FindLastIndex(value => ReferenceEquals(value, Mark));
        if (mark < 0)
        {
            Refuse("no mark on the stack", start);
        }

        object[] values = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        Count(values.Length, start);
        return values;
    }

    private void Count(int items, int start)
    {
        _items += items;
        if (_items > MaximumItems)
        {
            Refuse($"more than {MaximumItems} items", start);
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _pickle.Length - _at)
        {
            Refuse("the pickle ends too early", _at);
        }

        _at += count;
        return _pickle.Slice(_at - count, count);
    }

    private readonly void Refuse(string what, int at) => Throw.Malformed(path, $"data.pkl: {what} (at byte {at} of the pickle)");
}
