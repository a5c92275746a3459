namespace Jmlr.Ingest.Readers.Parquet;

/// <summary>
/// The bytes of a file for a reader that may never end: numbers are read beyond the end of the stream for ever, and a page of no values again and again. Reading at the end, and reading
/// far more often than a file of this size needs, is refused.
/// </summary>
sealed class BoundedStream(byte[] bytes) : MemoryStream(bytes, writable: false)
{
    private const int FreeReads = 1 << 20;
    private const int ReadsPerByte = 16;

    private long _left;

    /// <summary>Begins the count anew: for each group of rows the footer is read again.</summary>
    public BoundedStream Renew()
    {
        _left = FreeReads + (ReadsPerByte * Length);
        return this;
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        Count();
        return base.ReadByte() is int value and >= 0 ? value : throw new EndOfStreamException("the file ends early");
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        Count();
        return base.Read(buffer, offset, count);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        Count();
        return base.Read(buffer);
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin loc)
    {
        Count();
        return base.Seek(offset, loc);
    }

    private void Count()
    {
        if (--_left < 0)
        {
            throw new InvalidDataException("headers that lead in a circle");
        }
    }
}
