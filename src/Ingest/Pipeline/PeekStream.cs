namespace Jmlr.Ingest.Pipeline;

/// <summary>A stream whose beginning can be looked at before it is read.</summary>
sealed class PeekStream(Stream inner) : ForwardStream
{
    private const int Size = 1 << 16;
    private readonly byte[] _head = new byte[Size];
    private int _filled = -1;
    private int _at;

    /// <summary>Up to 64 KiB from the beginning.</summary>
    public ReadOnlyMemory<byte> Head
    {
        get
        {
            _filled = _filled < 0 ? inner.ReadAtLeast(_head, Size, throwOnEndOfStream: false) : _filled;
            return _head.AsMemory(0, _filled);
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_at >= _filled)
        {
            return inner.Read(buffer);
        }

        int taken = Math.Min(buffer.Length, _filled - _at);
        _head.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _at < _filled ? ValueTask.FromResult(Read(buffer.Span)) : inner.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}
