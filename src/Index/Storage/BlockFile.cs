using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Storage;

/// <summary>
/// A memory-mapped block file. Opening checks header, footer and every place; a block of a section is checked against its CRC-32C the
/// first time it is read. Thread-safe. The caller must not read after disposal.
/// </summary>
sealed class BlockFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly Dictionary<SectionId, SectionPlace> _sections = [];
    private uint[] _checksums = [];
    private int[] _checked = []; // one flag for each block; a race checks twice, no more

    internal BlockFile(string path, BlockFileKind kind)
    {
        Path = path;
        _file = new MappedFile(path);
        try
        {
            ReadHeader(kind);
            ReadFooter();
        }
        catch (JmlrDataException error)
        {
            _file.Dispose();
            throw new JmlrIntegrityException(error.What, path, null, error.Offset, error);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    internal string Path { get; }

    internal long Length => _file.Length;

    internal IReadOnlyCollection<SectionPlace> Sections => _sections.Values;

    /// <summary>Length of a section in bytes; a missing one is an error.</summary>
    internal long LengthOf(SectionId id) => Place(id).Length;

    /// <summary>Bytes of a section, checked.</summary>
    internal ReadOnlySpan<byte> Read(SectionId id, long offset, long length) => Read(Place(id), offset, length);

    /// <summary>The same of a place that was looked up before.</summary>
    internal ReadOnlySpan<byte> Read(SectionPlace place, long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > place.Length || length > place.Length - offset)
        {
            Throw.Corrupt(Path, BlockFormat.Name(place.Id), offset, $"{length} bytes are wanted of a section of {place.Length}");
        }

        if (length > 0)
        {
            Check(place, (int)(offset / BlockFormat.BlockLength), (int)((offset + length - 1) / BlockFormat.BlockLength));
        }

        return _file.Slice(place.Offset + offset, length);
    }

    /// <summary>A whole section as values, checked; its length must be <paramref name="count"/> values.</summary>
    internal ReadOnlySpan<T> ReadAll<T>(SectionId id, long count) where T : unmanaged
    {
        int size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        if (LengthOf(id) != count * size)
        {
            Throw.Corrupt(Path, BlockFormat.Name(id), null, $"{LengthOf(id)} bytes long, {count * size} expected");
        }

        return MemoryMarshal.Cast<byte, T>(Read(id, 0, count * size));
    }

    /// <summary>A whole section as values that was read before, and is not looked at again.</summary>
    internal ReadOnlySpan<T> Again<T>(SectionPlace place) where T : unmanaged => MemoryMarshal.Cast<byte, T>(_file.Slice(place.Offset, place.Length));

    /// <summary>Checks the blocks of a section that were not read yet, until <paramref name="isOver"/>.</summary>
    internal void ReadAhead(SectionPlace place, Func<bool> isOver)
    {
        for (int block = 0; block < BlockFormat.Blocks(place.Length) && !isOver(); block++)
        {
            Check(place, block, block);
        }
    }

    /// <summary>Checks every block of every section anew and the zeros between them; reports each that is wrong.</summary>
    internal void Verify(Action<string?, long, string> report)
    {
        long end = BlockFormat.HeaderLength;
        foreach (SectionPlace place in _sections.Values.OrderBy(place => place.Offset))
        {
            if (_file.Slice(end, place.Offset - end).ContainsAnyExcept((byte)0))
            {
                report(null, end, "the padding is not zero");
            }

            for (int block = 0; block < BlockFormat.Blocks(place.Length); block++)
            {
                if (!Good(place, block))
                {
                    report(BlockFormat.Name(place.Id), (long)block * BlockFormat.BlockLength, "checksum of the block does not match");
                }
            }

            end = place.Offset + place.Length;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Where a section is; a missing one is an error.</summary>
    internal SectionPlace Place(SectionId id)
    {
        if (!_sections.TryGetValue(id, out SectionPlace place))
        {
            Throw.Corrupt(Path, BlockFormat.Name(id), null, "the section is missing");
        }

        return place;
    }

    private void Check(SectionPlace place, int first, int last)
    {
        for (int block = first; block <= last; block++)
        {
            ref int flag = ref _checked[place.FirstChecksum + block];
            if (Volatile.Read(ref flag) == 0)
            {
                if (!Good(place, block))
                {
                    Throw.Corrupt(Path, BlockFormat.Name(place.Id), (long)block * BlockFormat.BlockLength, "checksum of the block does not match");
                }

                Volatile.Write(ref flag, 1);
            }
        }
    }

    private bool Good(SectionPlace place, int block)
    {
        long from = (long)block * BlockFormat.BlockLength;
        ReadOnlySpan<byte> data = _file.Slice(place.Offset + from, Math.Min(BlockFormat.BlockLength, place.Length - from));
        return Crc32C.Compute(data) == _checksums[place.FirstChecksum + block];
    }

    private void ReadHeader(BlockFileKind kind)
    {
        if (_file.Length < BlockFormat.HeaderLength + BlockFormat.TrailerLength)
        {
            Throw.Corrupt(Path, null, null, $"{_file.Length} bytes long, too short for a file of the index");
        }

        ReadOnlySpan<byte> header = _file.Slice(0, BlockFormat.HeaderLength);
        if (!header.StartsWith(BlockFormat.Magic) || BinaryPrimitives.ReadUInt32LittleEndian(header[60..]) != Crc32C.Compute(header[..60]))
        {
            Throw.Corrupt(Path, "header", 0, "the header is damaged");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]), found = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (version != BlockFormat.Version || found != (uint)kind)
        {
            Throw.Corrupt(Path, "header", 8, $"version {version} and kind {found}: expected {BlockFormat.Version} and {(uint)kind}");
        }
    }

    private void ReadFooter()
    {
        ReadOnlySpan<byte> trailer = _file.Slice(_file.Length - BlockFormat.TrailerLength, BlockFormat.TrailerLength);
        if (!trailer[16..24].SequenceEqual(BlockFormat.EndMagic) || BinaryPrimitives.ReadUInt32LittleEndian(trailer[28..]) != Crc32C.Compute(trailer[..28]))
        {
            Throw.Corrupt(Path, "trailer", _file.Length - BlockFormat.TrailerLength, "the end of the file is damaged or cut off");
        }

        long start = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(trailer[8..]);
        if (start < BlockFormat.HeaderLength || start != _file.Length - BlockFormat.TrailerLength - length || length < 8)
        {
            Throw.Corrupt(Path, "trailer", _file.Length - BlockFormat.TrailerLength, $"the footer is said to be at byte {start}, {length} bytes long");
        }

        ReadOnlySpan<byte> footer = _file.Slice(start, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(trailer[12..]) != Crc32C.Compute(footer))
        {
            Throw.Corrupt(Path, "footer", start, "checksum of the footer does not match");
        }

        uint sections = BinaryPrimitives.ReadUInt32LittleEndian(footer), checksums = BinaryPrimitives.ReadUInt32LittleEndian(footer[4..]);
        if (sections > BlockFormat.MostSections || 8 + (sections * (long)BlockFormat.EntryLength) + (checksums * 4L) != length)
        {
            Throw.Corrupt(Path, "footer", start, $"{sections} sections and {checksums} checksums do not make {length} bytes");
        }

        ReadSections(footer[8..], (int)sections, (int)checksums, start);
    }

    private void ReadSections(ReadOnlySpan<byte> table, int sections, int checksums, long end)
    {
        long last = BlockFormat.HeaderLength;
        int blocks = 0;
        for (int i = 0; i < sections; i++, table = table[BlockFormat.EntryLength..])
        {
            var place = new SectionPlace((SectionId)BinaryPrimitives.ReadUInt32LittleEndian(table), BinaryPrimitives.ReadInt64LittleEndian(table[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(table[16..]), BinaryPrimitives.ReadInt32LittleEndian(table[4..]));
            bool fits = place.Length >= 0 && place.Offset >= last && place.Offset <= end && place.Length <= end - place.Offset && place.Offset % BlockFormat.Alignment == 0;
            if (!fits || place.FirstChecksum != blocks || !_sections.TryAdd(place.Id, place))
            {
                Throw.Corrupt(Path, "footer", end + 8 + (i * BlockFormat.EntryLength), $"section {BlockFormat.Name(place.Id)} of {place.Length} bytes at {place.Offset} does not fit the file");
            }

            last = place.Offset + place.Length;
            blocks = checked(blocks + BlockFormat.Blocks(place.Length));
        }

        if (blocks != checksums)
        {
            Throw.Corrupt(Path, "footer", end, $"{checksums} checksums for {blocks} blocks");
        }

        _checksums = MemoryMarshal.Cast<byte, uint>(table).ToArray();
        _checked = new int[checksums];
    }
}
