using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Jmlr.Ingest.Store.Similar;

/// <summary>
/// The sketches of all stored passages, for near-duplicates: one block a commit. Derived from the records of the store; it counts only when its last block is of the store's commit and it has as
/// many passages, and is made anew otherwise. Block: length of the payload, 4 bytes; 0, 4; generation, 8; XxHash3 of generation and payload, 8; records in the byte order of x86 and ARM.
/// </summary>
sealed class SimilarFile(string path)
{
    /// <summary>Records of a block when the file is made anew: bounds the memory.</summary>
    public const int BlockRecords = 1 << 14;

    private const int HeaderSize = 24;
    private const int MaxPayload = 1 << 28;

    private byte[] _payload = [];
    private long _length; // of the blocks that count
    private (long Generation, long Passages)? _known;

    /// <summary>True when the file has all passages of a commit; what is behind them counts for nothing.</summary>
    public bool IsCurrent(long generation, long passages)
    {
        if (_known is null)
        {
            (long last, long count) = (0, 0);
            foreach ((long of, ReadOnlyMemory<SimilarRecord> records, long end) in Blocks(generation))
            {
                (last, count, _length) = (of, count + records.Length, end);
            }

            _known = (last, count);
        }

        return _known == (generation, passages);
    }

    /// <summary>The blocks up to a commit, or up to the first that is not whole, and where each ends.</summary>
    public IEnumerable<(long Generation, ReadOnlyMemory<SimilarRecord> Records, long End)> Blocks(long until)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        while (Next(stream) is (long generation, SimilarRecord[] records) && generation <= until)
        {
            yield return (generation, records, stream.Position);
        }
    }

    /// <summary>Adds the records of a commit.</summary>
    public void Append(long generation, long passages, ReadOnlySpan<SimilarRecord> records)
    {
        ReadOnlySpan<byte> payload = MemoryMarshal.AsBytes(records);
        byte[] header = new byte[HeaderSize];
        BinaryPrimitives.WriteInt32LittleEndian(header, payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), generation);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), Sum(generation, payload));
        using FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.SetLength(_length);
        stream.Position = _length;
        stream.Write(header);
        stream.Write(payload);
        _length = stream.Position;
        _known = (generation, passages);
    }

    /// <summary>Begins the file anew.</summary>
    public void Clear() => (_length, _known) = (0, (-1, 0));

    private (long Generation, SimilarRecord[] Records)? Next(FileStream stream)
    {
        byte[] header = new byte[HeaderSize];
        if (stream.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length is < 0 or > MaxPayload || length > stream.Length - stream.Position)
        {
            return null;
        }

        _payload = _payload.Length < length ? new byte[length] : _payload;
        Span<byte> payload = _payload.AsSpan(0, length);
        long generation = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8));
        bool whole = stream.ReadAtLeast(payload, length, throwOnEndOfStream: false) == length && BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(16)) == Sum(generation, payload);
        return whole ? (generation, MemoryMarshal.Cast<byte, SimilarRecord>(payload).ToArray()) : null;
    }

    private static ulong Sum(long generation, ReadOnlySpan<byte> payload) => XxHash3.HashToUInt64(payload, generation);
}
