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

    /// <summary>Entries of all committed blocks in order; later ones replace earlier ones of the same version.</summary>
    public IEnumerable<CatalogueEntry> Read(long length)
    {
        byte[] bytes = ReadBytes(length);
        List<CatalogueEntry> entries = [];
        long at = 0;
        while (at < length)
        {
            ReadBlock(bytes, ref at, entries);
        }

        return entries;
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

    private byte[] ReadBytes(long length)
    {
        if (length == 0)
        {
            return [];
        }

        try
        {
            using FileStream stream = new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            if (stream.Length < length || length > Array.MaxLength)
            {
                Throw.Integrity($"the catalogue has {stream.Length} bytes, the manifest names {length}", Path);
            }

            byte[] bytes = new byte[length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Throw.Integrity<byte[]>($"the catalogue is missing, the manifest names {length} bytes of it", Path, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotReadStore(Path, error);
            return [];
        }
    }

    private void ReadBlock(byte[] bytes, ref long at, List<CatalogueEntry> entries)
    {
        ReadOnlySpan<byte> rest = bytes.AsSpan((int)at);
        int size = rest.Length < HeaderSize || rest[4..8].ContainsAnyExcept((byte)0) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (size < 0 || size > rest.Length - HeaderSize)
        {
            Throw.Integrity($"block of {size} bytes where {rest.Length} are left", Path, "block", at);
        }

        ReadOnlySpan<byte> payload = rest.Slice(HeaderSize, size);
        if (BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) != XxHash3.HashToUInt64(payload))
        {
            Throw.Integrity("checksum of the block is wrong: the file was damaged", Path, "block", at);
        }

        RecordReader reader = new(payload, Path, "block", _pool);
        int count = reader.Count();
        for (int i = 0; i < count; i++)
        {
            entries.Add(CatalogueEntry.Read(ref reader));
        }

        if (reader.Left != 0)
        {
            reader.Broken($"{reader.Left} bytes behind the last entry");
        }

        at += HeaderSize + size;
    }
}
