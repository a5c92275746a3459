using System.Buffers.Binary;
using System.IO.Hashing;
using Jmlr.Ingest.Store.Files;
using Jmlr.Ingest.Store.Records;

namespace Jmlr.Ingest.Store.Catalogue;

/// <summary>
/// The catalogue on disk: one block a commit, each with the entries that it changed. Block: length of the payload, 4 bytes; 0, 4; XxHash3 of the payload, 8;
/// payload. What lies behind the length that the manifest names was never committed and is written over.
/// </summary>
sealed class CatalogueJournal(string path)
{
    private const int HeaderSize = 16;

    private readonly string?[] _pool = new string?[RecordReader.PoolSize];

    public string Path { get; } = path;

    /// <summary>Entries of all committed blocks in order; later ones replace earlier ones of the same version. One block at a time is in memory.</summary>
    public IEnumerable<CatalogueEntry> Read(long length)
    {
        if (length == 0)
        {
            yield break;
        }

        using FileStream stream = Open(length);
        byte[] header = new byte[HeaderSize], payload = [];
        for (long at = 0; at < length;)
        {
            int size = ReadBlock(stream, header, ref payload, at, length);
            foreach (CatalogueEntry entry in Entries(payload.AsSpan(0, size)))
            {
                yield return entry;
            }

            at += HeaderSize + size;
        }
    }

    /// <summary>Writes a block at <paramref name="length"/> and returns the new length; durable when it returns.</summary>
    public long Append(long length, IReadOnlyCollection<CatalogueEntry> entries)
    {
        RecordWriter writer = new();
        writer.Number(entries.Count);
        foreach (CatalogueEntry entry in entries)
        {
            entry.Write(writer);
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(header, writer.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], XxHash3.HashToUInt64(writer.Written));
        try
        {
            using FileStream stream = new(Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            stream.SetLength(length);
            stream.Position = length;
            stream.Write(header);
            stream.Write(writer.Written);
            stream.Flush(flushToDisk: true);
            DurableFile.FlushFolder(System.IO.Path.GetDirectoryName(Path)!);
            return stream.Position;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotWriteStore(Path, error);
            return 0;
        }
    }

    private FileStream Open(long length)
    {
        FileStream? stream = null;
        try
        {
            stream = new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            if (stream.Length < length)
            {
                Throw.Integrity($"the catalogue has {stream.Length} bytes, the manifest names {length}", Path);
            }

            return stream;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Throw.Integrity<FileStream>($"the catalogue is missing, the manifest names {length} bytes of it", Path, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotReadStore(Path, error);
            return null!;
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the block at a place; the size of its payload.</summary>
    private int ReadBlock(FileStream stream, byte[] header, ref byte[] payload, long at, long length)
    {
        try
        {
            long left = length - at - HeaderSize;
            int size = -1;
            if (left >= 0)
            {
                stream.ReadExactly(header);
                size = header.AsSpan(4, 4).ContainsAnyExcept((byte)0) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(header);
            }

            if (size < 0 || size > left)
            {
                Throw.Integrity($"block of {size} bytes where {left + HeaderSize} are left", Path, "block", at);
            }

            payload = payload.Length < size ? new byte[size] : payload;
            stream.ReadExactly(payload, 0, size);
            if (BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(8)) != XxHash3.HashToUInt64(payload.AsSpan(0, size)))
            {
                Throw.Integrity("checksum of the block is wrong: the file was damaged", Path, "block", at);
            }

            return size;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotReadStore(Path, error);
            return 0;
        }
    }

    private List<CatalogueEntry> Entries(ReadOnlySpan<byte> payload)
    {
        RecordReader reader = new(payload, Path, "block", _pool);
        int count = reader.Count();
        List<CatalogueEntry> entries = [];
        for (int i = 0; i < count; i++)
        {
            entries.Add(CatalogueEntry.Read(ref reader));
        }

        if (reader.Left != 0)
        {
            reader.Broken($"{reader.Left} bytes behind the last entry");
        }

        return entries;
    }
}
