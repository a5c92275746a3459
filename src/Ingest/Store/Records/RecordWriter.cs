using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Ingest.Store.Records;

/// <summary>Writes the fields of a record: LEB128 numbers, length-prefixed UTF-8, optional values behind one byte.</summary>
sealed class RecordWriter
{
    // Strict: a lone surrogate would come back as another character and move every span after it.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> _buffer = new(4096);

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public int Length => _buffer.WrittenCount;

    public void Clear() => _buffer.ResetWrittenCount();

    public void Byte(byte value) => Raw([value]);

    public void Raw(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    public void Number(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Span<byte> bytes = _buffer.GetSpan(10);
        int n = 0;
        ulong rest = (ulong)value;
        while (rest >= 0x80)
        {
            bytes[n++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        bytes[n++] = (byte)rest;
        _buffer.Advance(n);
    }

    public void Text(string value)
    {
        int length = Utf8.GetByteCount(value);
        Number(length);
        _buffer.Advance(Utf8.GetBytes(value, _buffer.GetSpan(length)));
    }

    public void OptionalText(string? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
        {
            Text(value);
        }
    }

    public void OptionalNumber(long? value) => Number(value is long number ? number + 1 : 0);

    public void Date(DateOnly? value) => OptionalNumber(value?.DayNumber);

    /// <summary>A moment to the tick, in UTC.</summary>
    public void Moment(DateTimeOffset? value) => OptionalNumber(value?.UtcTicks);

    public void Fixed(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }
}
