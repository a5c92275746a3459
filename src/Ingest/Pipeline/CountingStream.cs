namespace Jmlr.Ingest.Pipeline;

/// <summary>Counts the bytes read from a stream, and closes it with itself.</summary>
/// <param name="inner">The stream.</param>
/// <param name="told">Told of the bytes of each read; null: nobody is.</param>
sealed class CountingStream(Stream inner, Action<int>? told = null) : ForwardStream
{
    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => Counted(inner.Read(buffer));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Counted(int read)
    {
        Count += read;
        told?.Invoke(read);
        return read;
    }
}
