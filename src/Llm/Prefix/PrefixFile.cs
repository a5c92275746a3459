using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Prefix;

/// <summary>
/// Blocks of a <see cref="PrefixCache"/> in a file, mapped and copied from when a prompt needs them. Layout, little-endian: "JMLRKV01", SHA-256 of the identity,
/// i32 blocks, i32 tokens of a block, i64 bytes of a tile; per block i32 parent (-1: none; always an earlier block), u32 CRC-32C of its tile, i32 tokens; u32 CRC-32C of
/// all that; zeros up to a multiple of 4096; the tiles. It holds the words of questions in tokens: it is only written where it was asked for.
/// </summary>
sealed class PrefixFile : IDisposable
{
    private const int HeaderBytes = 8 + 32 + 4 + 4 + 8, Page = 4096, MostBlocks = 1 << 20;
    private readonly MappedFile _file;
    private readonly long _tiles;
    private readonly int _tileBytes;
    private readonly bool[] _checked;

    private PrefixFile(MappedFile file, int tileBytes, PrefixEntry[] entries)
    {
        (_file, _tileBytes, Entries) = (file, tileBytes, entries);
        _tiles = Padded(IndexBytes(entries.Length));
        _checked = new bool[entries.Length];
    }

    /// <summary>The blocks; parents stand before their children.</summary>
    internal IReadOnlyList<PrefixEntry> Entries { get; }

    /// <summary>Opens what was written with the same identity and sizes; null when there is nothing, or nothing that can be used: then it is computed again.</summary>
    internal static PrefixFile? Open(string path, string identity, long tileBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        MappedFile? file = null;
        try
        {
            file = new MappedFile(path);
            if (Read(file, identity, tileBytes) is PrefixEntry[] entries)
            {
                return new PrefixFile(file, (int)tileBytes, entries);
            }
        }
        catch (JmlrException)
        {
        }

        file?.Dispose();
        return null;
    }

    /// <summary>The tile of a block, or nothing when it is damaged.</summary>
    internal ReadOnlySpan<byte> Tile(int block)
    {
        ReadOnlySpan<byte> tile = _file.Slice(_tiles + ((long)block * _tileBytes), _tileBytes);
        _checked[block] = _checked[block] || Crc32C.Compute(tile) == Entries[block].Checksum;
        return _checked[block] ? tile : [];
    }

    /// <summary>Writes the blocks, parents before their children.</summary>
    internal static void Write(string path, string identity, int tileBytes, IReadOnlyList<PrefixBlock> blocks)
    {
        Dictionary<PrefixBlock, int> places = blocks.Select((block, i) => (block, i)).ToDictionary(pair => pair.block, pair => pair.i);
        byte[] index = new byte[Padded(IndexBytes(blocks.Count))];
        Span<byte> at = index;
        "JMLRKV01"u8.CopyTo(at);
        SHA256.HashData(Encoding.UTF8.GetBytes(identity), at[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(at[40..], blocks.Count);
        BinaryPrimitives.WriteInt32LittleEndian(at[44..], PrefixCache.BlockTokens);
        BinaryPrimitives.WriteInt64LittleEndian(at[48..], tileBytes);
        at = at[HeaderBytes..];
        foreach (PrefixBlock block in blocks)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, block.Parent!.Parent is null ? -1 : places[block.Parent]);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], Crc32C.Compute(block.Tile()));
            MemoryMarshal.AsBytes(block.Tokens.AsSpan()).CopyTo(at[8..]);
            at = at[EntryBytes..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(at, Crc32C.Compute(index.AsSpan(0, index.Length - at.Length)));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        DurableFile.Write(path, stream =>
        {
            stream.Write(index);
            foreach (PrefixBlock block in blocks)
            {
                stream.Write(block.Tile());
            }
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static int EntryBytes => 4 + 4 + (PrefixCache.BlockTokens * sizeof(int));

    private static long IndexBytes(int blocks) => HeaderBytes + ((long)blocks * EntryBytes) + sizeof(uint);

    private static long Padded(long bytes) => (bytes + Page - 1) / Page * Page;

    private static PrefixEntry[]? Read(MappedFile file, string identity, long tileBytes)
    {
        if (file.Length < HeaderBytes)
        {
            return null;
        }

        ReadOnlySpan<byte> header = file.Slice(0, HeaderBytes);
        int count = BinaryPrimitives.ReadInt32LittleEndian(header[40..]);
        if (!header.StartsWith("JMLRKV01"u8) || !header.Slice(8, 32).SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))
            || count is < 0 or > MostBlocks || BinaryPrimitives.ReadInt32LittleEndian(header[44..]) != PrefixCache.BlockTokens
            || BinaryPrimitives.ReadInt64LittleEndian(header[48..]) != tileBytes || file.Length != Padded(IndexBytes(count)) + (count * tileBytes))
        {
            return null;
        }

        ReadOnlySpan<byte> index = file.Slice(0, IndexBytes(count));
        if (Crc32C.Compute(index[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(index[^4..]))
        {
            return null;
        }

        var entries = new PrefixEntry[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> at = index.Slice(HeaderBytes + (i * EntryBytes), EntryBytes);
            int parent = BinaryPrimitives.ReadInt32LittleEndian(at);
            if (parent < -1 || parent >= i)
            {
                return null;
            }

            entries[i] = new PrefixEntry(parent, BinaryPrimitives.ReadUInt32LittleEndian(at[4..]), MemoryMarshal.Cast<byte, int>(at[8..]).ToArray());
        }

        return entries;
    }
}

/// <summary>One block of a <see cref="PrefixFile"/>.</summary>
/// <param name="Parent">The block before it, or -1.</param>
/// <param name="Checksum">CRC-32C of its tile.</param>
/// <param name="Tokens">Its tokens.</param>
readonly record struct PrefixEntry(int Parent, uint Checksum, int[] Tokens);
