using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Jmlr.Models.Files;

namespace Jmlr.Index.Storage;

/// <summary>
/// Writes a block file front to back under a temporary name; <see cref="Finish"/> makes it durable and <see cref="Publish"/> gives it its name.
/// Disposed without that, nothing stays.
/// </summary>
sealed class BlockFileWriter : IDisposable
{
    private readonly IndexDisk _disk;
    private readonly Stream _stream;
    private readonly string _temporary = IndexFolder.TemporaryName();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<SectionPlace> _sections = [];
    private readonly List<uint> _checksums = [];
    private long _position;
    private long _sectionStart = -1;
    private uint _crc;
    private bool _closed;
    private bool _published;

    internal BlockFileWriter(IndexDisk disk, BlockFileKind kind)
    {
        _disk = disk;
        _stream = disk.Create(_temporary);
        Span<byte> header = stackalloc byte[BlockFormat.HeaderLength];
        header.Clear();
        BlockFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], BlockFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)kind);
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C.Compute(header[..60]));
        try
        {
            Put(header);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Starts a section; the one before it ends.</summary>
    internal void Begin(SectionId id)
    {
        End();
        Span<byte> padding = stackalloc byte[BlockFormat.Alignment];
        padding.Clear();
        Put(padding[..(int)(-_position & (BlockFormat.Alignment - 1))]);
        _sectionStart = _position;
        _sections.Add(new SectionPlace(id, _position, 0, _checksums.Count));
    }

    /// <summary>Appends to the section.</summary>
    internal void Write(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int room = BlockFormat.BlockLength - (int)((_position - _sectionStart) % BlockFormat.BlockLength);
            ReadOnlySpan<byte> part = data[..Math.Min(room, data.Length)];
            _crc = Crc32C.Compute(part, _crc);
            Put(part);
            if (part.Length == room)
            {
                _checksums.Add(_crc);
                _crc = 0;
            }

            data = data[part.Length..];
        }
    }

    /// <summary>Writes a whole section of values.</summary>
    internal void Section<T>(SectionId id, ReadOnlySpan<T> values) where T : unmanaged
    {
        Begin(id);
        Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Writes footer and trailer and flushes to the disk.</summary>
    internal (long Length, string Hash) Finish()
    {
        End();
        byte[] footer = new byte[8 + (_sections.Count * BlockFormat.EntryLength) + (_checksums.Count * 4)];
        BinaryPrimitives.WriteUInt32LittleEndian(footer, (uint)_sections.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(4), (uint)_checksums.Count);
        Span<byte> at = footer.AsSpan(8);
        foreach (SectionPlace section in _sections)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)section.Id);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], (uint)section.FirstChecksum);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], section.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], section.Length);
            at = at[BlockFormat.EntryLength..];
        }

        foreach (uint checksum in _checksums)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(at, checksum);
            at = at[4..];
        }

        Span<byte> trailer = stackalloc byte[BlockFormat.TrailerLength];
        trailer.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(trailer, _position);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[8..], (uint)footer.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[12..], Crc32C.Compute(footer));
        BlockFormat.EndMagic.CopyTo(trailer[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[28..], Crc32C.Compute(trailer[..28]));
        Put(footer);
        Put(trailer);
        _disk.Sync(_stream, _temporary);
        _closed = true;
        _stream.Dispose();
        return (_position, Convert.ToHexStringLower(_hash.GetHashAndReset()));
    }

    /// <summary>Gives the finished file its name.</summary>
    internal void Publish(string name, long length, string hash)
    {
        _disk.Publish(_temporary, name, length, hash);
        _published = true;
    }

    public void Dispose()
    {
        _hash.Dispose();
        if (!_closed)
        {
            _closed = true;
            Close();
        }

        if (!_published)
        {
            _published = true;
            _disk.TryDelete(_temporary);
        }
    }

    private void Close()
    {
        try
        {
            _stream.Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It writes its buffer once more, to a disk that has just refused it; that error is the one to report.
        }
    }

    private void End()
    {
        if (_sectionStart < 0)
        {
            return;
        }

        if ((_position - _sectionStart) % BlockFormat.BlockLength != 0)
        {
            _checksums.Add(_crc);
        }

        _crc = 0;
        _sections[^1] = _sections[^1] with { Length = _position - _sectionStart };
        _sectionStart = -1;
    }

    private void Put(ReadOnlySpan<byte> data)
    {
        _disk.Write(_stream, _temporary, data);
        _hash.AppendData(data);
        _position += data.Length;
    }
}
