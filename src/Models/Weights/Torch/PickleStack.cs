namespace Jmlr.Models.Weights.Torch;

/// <summary>Stack and memo of a pickle, with caps: what a file of a stranger can make us keep is bounded.</summary>
sealed class PickleStack(string path)
{
    private const int MaximumDepth = 1_000_000, MaximumMemo = 1_000_000, MaximumItems = 10_000_000;
    private static readonly object MarkObject = new();

    private readonly List<object> _values = [];
    private readonly Dictionary<long, object> _memo = [];
    private int _items;

    /// <summary>Place of the opcode at work, for messages.</summary>
    internal int At { get; set; }

    internal void Push(object value)
    {
        if (_values.Count == MaximumDepth)
        {
            Refuse($"more than {MaximumDepth} values on the stack");
        }

        _values.Add(value);
    }

    internal void PushMark() => Push(MarkObject);

    internal object Peek()
    {
        if (_values.Count == 0 || ReferenceEquals(_values[^1], MarkObject))
        {
            Refuse("the stack is empty");
        }

        return _values[^1];
    }

    internal object Pop()
    {
        object value = Peek();
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    internal object[] PopMany(int count)
    {
        object[] values = new object[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    internal object[] PopToMark()
    {
        int mark = _values.Count - 1;
        while (mark >= 0 && !ReferenceEquals(_values[mark], MarkObject))
        {
            mark--;
        }

        if (mark < 0)
        {
            Refuse("no mark on the stack");
        }

        object[] values = new object[_values.Count - mark - 1];
        _values.CopyTo(mark + 1, values, 0, values.Length);
        _values.RemoveRange(mark, _values.Count - mark);
        CountItems(values.Length);
        return values;
    }

    internal void Memorise(long index)
    {
        _memo[index] = Peek();
        if (_memo.Count > MaximumMemo)
        {
            Refuse($"more than {MaximumMemo} memorised values");
        }
    }

    internal void Recall(long index)
    {
        if (!_memo.TryGetValue(index, out object? value))
        {
            Refuse($"memo {index} was never set");
        }

        Push(value!);
    }

    internal void CountItems(int items)
    {
        _items += items;
        if (_items > MaximumItems)
        {
            Refuse($"more than {MaximumItems} items");
        }
    }

    internal void Refuse(string what) => Throw.Malformed(path, $"data.pkl: {what} (at byte {At} of the pickle)");
}
