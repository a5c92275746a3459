using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using static TorchSharp.torch;

namespace Jmlr.Llm.Torch;

/// <summary>Keys and values of all layers, [key/value heads, capacity, size] each, written in place.</summary>
sealed class TorchKeyValueCache : IKeyValueCache
{
    private readonly Tensor[] _keys, _values;

    internal TorchKeyValueCache(object owner, LlamaConfiguration c, int capacity, ScalarType type, Device device)
    {
        (Owner, Capacity) = (owner, capacity);
        _keys = [.. Enumerable.Range(0, c.LayerCount).Select(_ => Empty())];
        _values = [.. Enumerable.Range(0, c.LayerCount).Select(_ => Empty())];

        Tensor Empty() => empty(c.KeyValueHeadCount, capacity, c.HeadSize, dtype: type, device: device).DetachFromDisposeScope();
    }

    /// <summary>The executor it belongs to.</summary>
    internal object Owner { get; }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <inheritdoc/>
    public void Truncate(int length)
    {
        ForwardCheck.RequireHeld(this, length);
        Length = length;
    }

    /// <summary>Stores keys and values [key/value heads, tokens, size] behind the tokens held, and returns all of them; <see cref="Advance"/> counts them once all layers are done.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        long tokens = keys.shape[1];
        _keys[layer].narrow(1, Length, tokens).copy_(keys);
        _values[layer].narrow(1, Length, tokens).copy_(values);
        return (_keys[layer].narrow(1, 0, Length + tokens), _values[layer].narrow(1, 0, Length + tokens));
    }

    /// <summary>Counts tokens that all layers hold.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_keys, tensor => tensor.Dispose());
        Array.ForEach(_values, tensor => tensor.Dispose());
    }
}
