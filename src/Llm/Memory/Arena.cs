namespace Jmlr.Llm.Memory;

/// <summary>Hands out 64-byte aligned pieces of one buffer; nothing is given back singly.</summary>
sealed unsafe class Arena(long bytes, bool clear = true) : IDisposable
{
    private readonly NativeBuffer _buffer = new(bytes, clear);
    private long _used;

    /// <summary>Bytes that <paramref name="bytes"/> take in an arena.</summary>
    internal static long Round(long bytes) => checked(bytes + 63) & ~63L;

    /// <summary>The first byte.</summary>
    internal byte* Start => _buffer.Pointer;

    /// <summary>Room for <paramref name="count"/> elements.</summary>
    internal T* Take<T>(long count) where T : unmanaged
    {
        long wanted = Round(checked(count * sizeof(T)));
        if (wanted > _buffer.Length - _used)
        {
            throw new InvalidOperationException($"arena of {_buffer.Length} bytes: {wanted} more wanted, {_used} used");
        }

        byte* start = _buffer.Pointer + _used;
        _used += wanted;
        return (T*)start;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
