using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Models.Weights.Torch;

/// <summary>Bytes of one stored (uncompressed) entry.</summary>
readonly record struct ArchiveEntry(long Offset, long Length);

/// <summary>
/// The zip container of a PyTorch checkpoint: <c>root/data.pkl</c> and <c>root/data/KEY</c>, stored without compression (zip64 allowed). Only the places
/// of the data are taken from it; nothing is ever unpacked to disk.
/// </summary>
sealed class TorchArchive
{
    private const uint LocalHeader = 0x04034b50, CentralHeader = 0x02014b50, End = 0x06054b50, End64 = 0x06064b50, Locator64 = 0x07064b50;
    private const int EndSize = 22, MaximumComment = 65_535, MaximumEntries = 200_000;
    private const long MaximumPickle = 32L << 20;

    private readonly Dictionary<string, ArchiveEntry> _data = new(StringComparer.Ordinal);
    private ArchiveEntry? _pickle;
    private string _root = "";

    private TorchArchive()
    {
    }

    internal static TorchArchive Read(MappedFile file)
    {
        var archive = new TorchArchive();
        (long at, long count) = FindDirectory(file);
        for (long i = 0; i < count; i++)
        {
            at = archive.AddEntry(file, at);
        }

        if (archive._pickle is not { } pickle || pickle.Length > MaximumPickle)
        {
            Throw.Malformed(file.Path, archive._pickle is null ? "a zip without 'data.pkl': not a PyTorch checkpoint" : $"data.pkl has {archive._pickle.Value.Length} bytes: at most {MaximumPickle} are read");
        }

        return archive;
    }

    internal ReadOnlySpan<byte> Pickle(MappedFile file) => file.Slice(_pickle!.Value.Offset, _pickle.Value.Length);

    internal ArchiveEntry Data(string key, string path)
    {
        if (!_data.TryGetValue($"{_root}data/{key}", out ArchiveEntry entry))
        {
            Throw.Malformed(path, $"storage '{(key.Length > 40 ? key[..40] : key)}' is not in the archive");
        }

        return entry;
    }

    private static (long Offset, long Count) FindDirectory(MappedFile file)
    {
        long lowest = Math.Max(0, file.Length - EndSize - MaximumComment);
        for (long at = file.Length - EndSize; at >= lowest; at--)
        {
            ReadOnlySpan<byte> end = file.Slice(at, EndSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) == End)
            {
                long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]), offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
                return count == 0xFFFF || offset == 0xFFFFFFFF ? FindDirectory64(file, at - 20) : (offset, count);
            }
        }

        Throw.Malformed(file.Path, "the end of the zip archive is missing: the file is cut or damaged");
        return default;
    }

    private static (long Offset, long Count) FindDirectory64(MappedFile file, long locator)
    {
        ReadOnlySpan<byte> pointer = file.Slice(locator, 20);
        long at = BinaryPrimitives.ReadInt64LittleEndian(pointer[8..]);
        ReadOnlySpan<byte> end = file.Slice(at, 56);
        if (BinaryPrimitives.ReadUInt32LittleEndian(pointer) != Locator64 || BinaryPrimitives.ReadUInt32LittleEndian(end) != End64)
        {
            Throw.Malformed(file.Path, "the zip64 end record is damaged", locator);
        }

        return (BinaryPrimitives.ReadInt64LittleEndian(end[48..]), Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(end[32..]), 0, MaximumEntries));
    }

    private long AddEntry(MappedFile file, long at)
    {
        ReadOnlySpan<byte> header = file.Slice(at, 46);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != CentralHeader)
        {
            Throw.Malformed(file.Path, "the zip directory is damaged", at);
        }

        int method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
        long stored = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]), length = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]), local = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]), commentLength = BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        string name = Encoding.UTF8.GetString(file.Slice(at + 46, nameLength));
        Widen(file.Slice(at + 46 + nameLength, extraLength), ref length, ref stored, ref local);
        if (name.EndsWith("/data.pkl", StringComparison.Ordinal) || name == "data.pkl" || name.Contains("/data/", StringComparison.Ordinal) || name.EndsWith("/byteorder", StringComparison.Ordinal))
        {
            if (method != 0 || stored != length)
            {
                Throw.Malformed(file.Path, $"entry '{name}' is compressed; PyTorch stores checkpoints uncompressed", at);
            }

            Register(file, name, Locate(file, local, length, name));
        }

        return at + 46 + nameLength + extraLength + commentLength;
    }

    private void Register(MappedFile file, string name, ArchiveEntry entry)
    {
        if (name.EndsWith("/byteorder", StringComparison.Ordinal))
        {
            if (entry.Length > 16 || !file.Slice(entry.Offset, entry.Length).SequenceEqual("little"u8))
            {
                Throw.Malformed(file.Path, "the byte order is not 'little'", entry.Offset);
            }
        }
        else if (name.EndsWith("data.pkl", StringComparison.Ordinal))
        {
            if (_pickle is not null)
            {
                Throw.Malformed(file.Path, "two data.pkl in one archive");
            }

            _pickle = entry;
            _root = name[..^"data.pkl".Length];
        }
        else if (!_data.TryAdd(name, entry) || _data.Count > MaximumEntries)
        {
            Throw.Malformed(file.Path, $"entry '{name}' stands twice, or there are more than {MaximumEntries}");
        }
    }

    private static ArchiveEntry Locate(MappedFile file, long local, long length, string name)
    {
        ReadOnlySpan<byte> header = file.Slice(local, 30);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalHeader)
        {
            Throw.Malformed(file.Path, $"the local header of '{name}' is damaged", local);
        }

        long start = local + 30 + BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (length < 0 || start > file.Length || length > file.Length - start)
        {
            Throw.Malformed(file.Path, $"entry '{name}' of {length} bytes does not fit the file of {file.Length}", local);
        }

        return new ArchiveEntry(start, length);
    }

    // Zip64 extra field 1: the 64-bit values of those fields that are 0xFFFFFFFF, in this order.
    private static void Widen(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
            {
                return;
            }

            if (id == 1)
            {
                ReadOnlySpan<byte> values = extra.Slice(4, size);
                Take(ref values, ref length);
                Take(ref values, ref stored);
                Take(ref values, ref local);
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> values, ref long field)
    {
        if (field == 0xFFFFFFFF && values.Length >= 8)
        {
            field = BinaryPrimitives.ReadInt64LittleEndian(values);
            values = values[8..];
        }
    }
}
