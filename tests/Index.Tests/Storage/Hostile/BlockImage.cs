using System.Buffers.Binary;
using Jmlr.Index.Storage;
using Jmlr.Models.Files;

namespace Jmlr.Index.Tests.Storage.Hostile;

/// <summary>
/// A block file taken apart and put together again with right checksums, whatever was changed in between: what a stranger can write who knows the format.
/// </summary>
sealed class BlockImage
{
    private readonly uint _kind;

    internal BlockImage(byte[] file)
    {
        _kind = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(12));
        ReadOnlySpan<byte> trailer = file.AsSpan(file.Length - BlockFormat.TrailerLength);
        ReadOnlySpan<byte> footer = file.AsSpan((int)BinaryPrimitives.ReadInt64LittleEndian(trailer));
        for (int i = 0; i < BinaryPrimitives.ReadInt32LittleEndian(footer); i++)
        {
            ReadOnlySpan<byte> entry = footer[(8 + (i * BlockFormat.EntryLength))..];
            int offset = (int)BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), length = (int)BinaryPrimitives.ReadInt64LittleEndian(entry[16..]);
            Sections.Add((BinaryPrimitives.ReadUInt32LittleEndian(entry), file[offset..(offset + length)]));
        }
    }

    internal List<(uint Id, byte[] Data)> Sections { get; } = [];

    /// <summary>The file; <paramref name="tamper"/> may change the footer before it is sealed.</summary>
    internal byte[] Seal(Action<byte[]>? tamper = null, uint? kind = null)
    {
        var file = new List<byte>();
        byte[] header = new byte[BlockFormat.HeaderLength];
        BlockFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), BlockFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), kind ?? _kind);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(60), Crc32C.Compute(header.AsSpan(0, 60)));
        file.AddRange(header);
        var table = new List<byte>();
        var checksums = new List<byte>();
        foreach ((uint id, byte[] data) in Sections)
        {
            file.AddRange(new byte[-file.Count & (BlockFormat.Alignment - 1)]);
            byte[] entry = new byte[BlockFormat.EntryLength];
            BinaryPrimitives.WriteUInt32LittleEndian(entry, id);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(4), checksums.Count / 4);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(8), file.Count);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(16), data.Length);
            table.AddRange(entry);
            for (int at = 0; at < data.Length; at += BlockFormat.BlockLength)
            {
                checksums.AddRange(BitConverter.GetBytes(Crc32C.Compute(data.AsSpan(at, Math.Min(BlockFormat.BlockLength, data.Length - at)))));
            }

            file.AddRange(data);
        }

        byte[] footer = [.. BitConverter.GetBytes(Sections.Count), .. BitConverter.GetBytes(checksums.Count / 4), .. table, .. checksums];
        tamper?.Invoke(footer);
        byte[] trailer = new byte[BlockFormat.TrailerLength];
        BinaryPrimitives.WriteInt64LittleEndian(trailer, file.Count);
        BinaryPrimitives.WriteInt32LittleEndian(trailer.AsSpan(8), footer.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(12), Crc32C.Compute(footer));
        BlockFormat.EndMagic.CopyTo(trailer.AsSpan(16));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(28), Crc32C.Compute(trailer.AsSpan(0, 28)));
        return [.. file, .. footer, .. trailer];
    }
}
