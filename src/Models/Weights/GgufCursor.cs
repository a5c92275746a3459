using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Jmlr.Models.Weights;

/// <summary>Reads the unaligned little-endian values of a GGUF header one after another, never past the end of the file.</summary>
struct GgufCursor(MappedFile file, long position)
{
    private const long MaximumString = 64 << 20;

    internal long Position { get; private set; } = position;

    internal byte ReadByte() => Take(1)[0];

    internal uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    internal float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    internal double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    internal string ReadString() => Encoding.UTF8.GetString(Take(ReadLength()));

    internal void SkipString() => Take(ReadLength());

    /// <summary>Moves on by <paramref name="count"/> bytes of any number, within the file.</summary>
    internal void Skip(long count)
    {
        if (count < 0 || count > file.Length - Position)
        {
            Throw.OutsideFile(file.Path, Position, count, file.Length);
        }

        Position += count;
    }

    /// <summary>An integer of the given type, or null when the type is none or the value does not fit 63 bits.</summary>
    internal long? ReadInteger(GgufValueType type)
    {
        switch (type)
        {
            case GgufValueType.U8: return ReadByte();
            case GgufValueType.I8: return (sbyte)ReadByte();
            case GgufValueType.U16: return BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
            case GgufValueType.I16: return BinaryPrimitives.ReadInt16LittleEndian(Take(2));
            case GgufValueType.U32: return ReadUInt32();
            case GgufValueType.I32: return (int)ReadUInt32();
            case GgufValueType.I64: return (long)ReadUInt64();
            case GgufValueType.U64:
                ulong value = ReadUInt64();
                return value <= long.MaxValue ? (long)value : null;
            default: return null;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long ReadLength()
    {
        long at = Position;
        ulong length = ReadUInt64();
        if (length > MaximumString || (long)length > file.Length - Position)
        {
            Throw.Malformed(file.Path, $"a string of {length} bytes: at most {Math.Min(MaximumString, file.Length - Position)} are taken here", at);
        }

        return (long)length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(long count)
    {
        ReadOnlySpan<byte> bytes = file.Slice(Position, count);
        Position += count;
        return bytes;
    }
}
