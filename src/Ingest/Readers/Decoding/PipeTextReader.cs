using System.IO.Pipelines;
using System.Text;

namespace Jmlr.Ingest.Readers.Decoding;

/// <summary>Decodes characters from a pipe as they come, without holding bytes and text at once.</summary>
sealed class PipeTextReader(PipeReader pipe, Encoding encoding) : TextReader
{
    private readonly Decoder _decoder = encoding.GetDecoder();
    private readonly char[] _chars = new char[encoding.GetMaxCharCount(4096)];
    private int _at;
    private int _count;
    private bool _ended;

    /// <inheritdoc/>
    public override int Peek() => Fill() ? _chars[_at] : -1;

    /// <inheritdoc/>
    public override int Read() => Fill() ? _chars[_at++] : -1;

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override int Read(Span<char> buffer)
    {
        if (buffer.Length == 0 || !Fill())
        {
            return 0;
        }

        int taken = Math.Min(buffer.Length, _count - _at);
        _chars.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            pipe.Complete();
        }

        base.Dispose(disposing);
    }

    private bool Fill()
    {
        while (_at == _count)
        {
            if (_ended)
            {
                return false;
            }

            (_at, _count) = (0, 0);
            if (!pipe.TryRead(out ReadResult result))
            {
                result = pipe.ReadAsync().AsTask().GetAwaiter().GetResult();
            }

            ReadOnlySpan<byte> bytes = result.Buffer.FirstSpan;
            bytes = bytes[..Math.Min(bytes.Length, 4096)];
            _ended = result.IsCompleted && bytes.Length == result.Buffer.Length;
            _decoder.Convert(bytes, _chars, flush: _ended, out int used, out _count, out _);
            pipe.AdvanceTo(result.Buffer.GetPosition(used));
        }

        return true;
    }
}
