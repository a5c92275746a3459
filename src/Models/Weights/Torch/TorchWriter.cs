using System.Buffers.Binary;
using System.Text;
using Jmlr.Models.Files;

namespace Jmlr.Models.Weights.Torch;

/// <summary>
/// Writes files that <c>torch.load</c> reads: a zip of stored entries with the pickle of one tensor, or a tuple of up to three, and their raw data, which
/// begins at multiples of 64. Below 4 GiB (no zip64).
/// </summary>
public static class TorchWriter
{
    private const int Alignment = 64;
    private const uint LocalHeader = 0x04034b50, CentralHeader = 0x02014b50, EndHeader = 0x06054b50;
    private const ushort Version = 20, Utf8 = 0x800, FirstOf1980 = 0x21;

    /// <summary>Writes <paramref name="tensors"/> durably to <paramref name="path"/>.</summary>
    public static void Write(string path, params IReadOnlyList<TorchValue> tensors)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensors);
        long bytes = tensors.Sum(tensor => (long)tensor.Data.Length);
        if (bytes > uint.MaxValue - (1 << 20))
        {
            throw new Errors.JmlrOperationException($"{bytes} bytes of tensors do not fit '{path}': at most 4 GiB");
        }

        string root = Path.GetFileNameWithoutExtension(path);
        var entries = new List<(string Name, ReadOnlyMemory<byte> Data)> { ("data.pkl", TorchPickle.Of(tensors)), ("byteorder", "little"u8.ToArray()) };
        for (int i = 0; i < tensors.Count; i++)
        {
            entries.Add(($"data/{i}", tensors[i].Data));
        }

        entries.Add(("version", "3\n"u8.ToArray()));
        DurableFile.Write(path, stream => Write(stream, [.. entries.Select(entry => ($"{root}/{entry.Name}", entry.Data))]));
    }

    private static void Write(Stream stream, (string Name, ReadOnlyMemory<byte> Data)[] entries)
    {
        long at = 0;
        var directory = new List<byte>();
        foreach ((string name, ReadOnlyMemory<byte> data) in entries)
        {
            byte[] nameBytes = Encoding.UTF8.GetBytes(name);
            uint crc = Crc32(data.Span);
            // The extra field "FB" fills up to the next multiple, as torch's own writer does.
            int padding = (int)(-(at + 30 + nameBytes.Length + 4) & (Alignment - 1));
            byte[] local = [.. Header(LocalHeader, false, crc, data.Length, nameBytes.Length, padding + 4), .. nameBytes, (byte)'F', (byte)'B', (byte)padding, 0, .. new byte[padding]];
            byte[] central = [.. Header(CentralHeader, true, crc, data.Length, nameBytes.Length, 0), .. new byte[10], .. BitConverter.GetBytes((uint)at), .. nameBytes];
            directory.AddRange(central);
            stream.Write(local);
            stream.Write(data.Span);
            at += local.Length + data.Length;
        }

        byte[] end = new byte[22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, EndHeader);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), (ushort)entries.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), (ushort)entries.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(12), (uint)directory.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), (uint)at);
        stream.Write([.. directory]);
        stream.Write(end);
    }

    /// <summary>The fields that local and central headers share; the central one has the version of the maker first.</summary>
    private static byte[] Header(uint signature, bool central, uint crc, int length, int name, int extra)
    {
        byte[] header = new byte[central ? 32 : 30];
        BinaryPrimitives.WriteUInt32LittleEndian(header, signature);
        Span<byte> rest = header.AsSpan(4);
        if (central)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, Version);
            rest = rest[2..];
        }

        BinaryPrimitives.WriteUInt16LittleEndian(rest, Version);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], Utf8);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[8..], FirstOf1980);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[10..], crc);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[14..], (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[18..], (uint)length);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[22..], (ushort)name);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[24..], (ushort)extra);
        return header;
    }

    private static uint Crc32(ReadOnlySpan<byte> data) => System.IO.Hashing.Crc32.HashToUInt32(data);
}
