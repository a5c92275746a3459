using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;

namespace Jmlr.Ingest.Store.Records;

/// <summary>
/// Reads what <see cref="RecordWriter"/> wrote; every length is checked against what is left. A catalogue is read once, at the start of a process,
/// so the methods are optimised at once instead of after thousands of calls.
/// </summary>
ref struct RecordReader(ReadOnlySpan<byte> bytes, string path, string section, string?[]? pool = null)
{
    /// <summary>Slots of a pool of repeated strings.</summary>
    public const int PoolSize = 256;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly string _path = path;
    private readonly string _section = section;
    private readonly string?[]? _pool = pool;

    public int Position { get; set; }

    public readonly int Left => _bytes.Length - Position;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public byte Byte()
    {
        if (Left < 1)
        {
            Broken("record ends early");
        }

        return _bytes[Position++];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<byte> Raw(int count)
    {
        if (count < 0 || count > Left)
        {
            Broken($"field of {count} bytes where {Left} are left");
        }

        ReadOnlySpan<byte> span = _bytes.Slice(Position, count);
        Position += count;
        return span;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public long Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return (long)value;
            }
        }

        Broken("number of more than 9 bytes");
        return 0;
    }

    /// <summary>A number that counts things of at least one byte each.</summary>
    public int Count()
    {
        long value = Number();
        if (value > Left)
        {
            Broken($"count {value} where {Left} bytes are left");
        }

        return (int)value;
    }

    /// <summary>A number that must fit an int.</summary>
    public int Int()
    {
        long value = Number();
        if (value > int.MaxValue)
        {
            Broken($"number {value} above {int.MaxValue}");
        }

        return (int)value;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public string Text()
    {
        ReadOnlySpan<byte> span = Raw(Count());
        try
        {
            return Utf8.GetString(span);
        }
        catch (DecoderFallbackException)
        {
            Broken("text is not UTF-8");
            return "";
        }
    }

    /// <summary>A text that many records share (publisher, licence): one string for all, when the reader has a pool.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public string SharedText()
    {
        int start = Position;
        ReadOnlySpan<byte> span = Raw(Count());
        if (_pool is not null)
        {
            ref string? slot = ref _pool[(int)(XxHash3.HashToUInt64(span) % PoolSize)];
            if (slot is not null && Ascii.Equals(span, slot))
            {
                return slot;
            }

            Position = start;
            return slot = Text();
        }

        Position = start;
        return Text();
    }

    public string? OptionalSharedText() => Byte() == 0 ? null : SharedText();

    public string? OptionalText() => Byte() == 0 ? null : Text();

    public long? OptionalNumber() => Number() is long value and > 0 ? value - 1 : null;

    public DateOnly? Date()
    {
        long? day = OptionalNumber();
        if (day > DateOnly.MaxValue.DayNumber)
        {
            Broken($"day number {day}");
        }

        return day is long number ? DateOnly.FromDayNumber((int)number) : null;
    }

    public DateTimeOffset? Moment()
    {
        long? ticks = OptionalNumber();
        if (ticks > DateTimeOffset.MaxValue.Ticks)
        {
            Broken($"time of {ticks} ticks");
        }

        return ticks is long number ? new DateTimeOffset(number, TimeSpan.Zero) : null;
    }

    public ulong Fixed() => BinaryPrimitives.ReadUInt64LittleEndian(Raw(8));

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public readonly void Broken(string what) => Throw.Integrity(what, _path, _section, Position);
}
