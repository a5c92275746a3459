using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Jmlr.Llm.Execution;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Prefix;

/// <summary>
/// Blocks of a <see cref="PrefixCache"/> in a file, mapped and copied from when a prompt needs them. Layout, little-endian: "JMLRKV02", SHA-256 of the identity,
/// i32 blocks, i32 tokens of a page, i64 bytes of a page; per block i32 parent (-1: none; always an earlier block), u32 CRC-32C of its page, i32 tokens held, i32 tokens
/// (zeros behind those held); u32 CRC-32C of all that; zeros up to a multiple of 4096; the pages. It holds the words of questions in tokens: it is only written where it was asked for.
/// </summary>
sealed class PrefixFile : IDisposable
{
    private const int HeaderBytes = 8 + 32 + 4 + 4 + 8, Alignment = 4096, MostBlocks = 1 << 20;
    private readonly MappedFile _file;
    private readonly long _pages;
    private readonly int _pageBytes;
    private readonly bool[] _checked;

    private PrefixFile(MappedFile file, int pageBytes, PrefixEntry[] entries)
    {
        (_file, _pageBytes, Entries) = (file, pageBytes, entries);
        _pages = Padded(IndexBytes(entries.Length));
        _checked = new bool[entries.Length];
    }

    /// <summary>The blocks; parents stand before their children.</summary>
    internal IReadOnlyList<PrefixEntry> Entries { get; }

    /// <summary>Opens what was written with the same identity and sizes; null when there is nothing, or nothing that can be used: then it is computed again.</summary>
    internal static PrefixFile? Open(string path, string identity, long pageBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        MappedFile? file = null;
        try
        {
            file = new MappedFile(path);
            if (Read(file, identity, pageBytes) is PrefixEntry[] entries)
            {
                return new PrefixFile(file, (int)pageBytes, entries);
            }
        }
        catch (JmlrException)
        {
        }

        file?.Dispose();
        return null;
    }

    /// <summary>The page of a block, or nothing when it is damaged.</summary>
    internal ReadOnlySpan<byte> Page(int block)
    {
        ReadOnlySpan<byte> page = _file.Slice(_pages + ((long)block * _pageBytes), _pageBytes);
        _checked[block] = _checked[block] || Crc32C.Compute(page) == Entries[block].Checksum;
        return _checked[block] ? page : [];
    }

    /// <summary>
    /// Writes the blocks, parents before their children; <paramref name="page"/> gives the bytes of one, <paramref name="checksum"/> their checksum where it is known.
    /// </summary>
    internal static void Write(string path, string identity, int pageBytes, IReadOnlyList<PrefixBlock> blocks, PageOf page, Func<PrefixBlock, uint?> checksum)
    {
        Dictionary<PrefixBlock, int> places = blocks.Select((block, i) => (block, i)).ToDictionary(pair => pair.block, pair => pair.i);
        byte[] index = new byte[Padded(IndexBytes(blocks.Count))];
        Span<byte> at = index;
        "JMLRKV02"u8.CopyTo(at);
        SHA256.HashData(Encoding.UTF8.GetBytes(identity), at[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(at[40..], blocks.Count);
        BinaryPrimitives.WriteInt32LittleEndian(at[44..], KeyValueCache.PageTokens);
        BinaryPrimitives.WriteInt64LittleEndian(at[48..], pageBytes);
        at = at[HeaderBytes..];
        foreach (PrefixBlock block in blocks)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, block.Parent!.Parent is null ? -1 : places[block.Parent]);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], checksum(block) ?? Crc32C.Compute(page(block)));
            BinaryPrimitives.WriteInt32LittleEndian(at[8..], block.Tokens.Length);
            MemoryMarshal.AsBytes(block.Tokens.AsSpan()).CopyTo(at[12..]);
            at = at[EntryBytes..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(at, Crc32C.Compute(index.AsSpan(0, index.Length - at.Length)));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        DurableFile.Write(path, stream =>
        {
            stream.Write(index);
            foreach (PrefixBlock block in blocks)
            {
                stream.Write(page(block));
            }
        });
    }

    /// <summary>The bytes of a block.</summary>
    internal delegate ReadOnlySpan<byte> PageOf(PrefixBlock block);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static int EntryBytes => 4 + 4 + 4 + (KeyValueCache.PageTokens * sizeof(int));

    private static long IndexBytes(int blocks) => HeaderBytes + ((long)blocks * EntryBytes) + sizeof(uint);

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static PrefixEntry[]? Read(MappedFile file, string identity, long pageBytes)
    {
        if (file.Length < HeaderBytes)
        {
            return null;
        }

        ReadOnlySpan<byte> header = file.Slice(0, HeaderBytes);
        int count = BinaryPrimitives.ReadInt32LittleEndian(header[40..]);
        if (!header.StartsWith("JMLRKV02"u8) || !header.Slice(8, 32).SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))
            || count is < 0 or > MostBlocks || BinaryPrimitives.ReadInt32LittleEndian(header[44..]) != KeyValueCache.PageTokens
            || BinaryPrimitives.ReadInt64LittleEndian(header[48..]) != pageBytes || file.Length != Padded(IndexBytes(count)) + (count * pageBytes))
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
            int tokens = BinaryPrimitives.ReadInt32LittleEndian(at[8..]);
            if (parent < -1 || parent >= i || tokens is < 1 or > KeyValueCache.PageTokens || (parent >= 0 && entries[parent].Tokens.Length < KeyValueCache.PageTokens))
            {
                return null;
            }

            entries[i] = new PrefixEntry(parent, BinaryPrimitives.ReadUInt32LittleEndian(at[4..]), MemoryMarshal.Cast<byte, int>(at[12..])[..tokens].ToArray());
        }

        return entries;
    }
}

/// <summary>One block of a <see cref="PrefixFile"/>.</summary>
/// <param name="Parent">The block before it, or -1.</param>
/// <param name="Checksum">CRC-32C of its page.</param>
/// <param name="Tokens">Its tokens.</param>
readonly record struct PrefixEntry(int Parent, uint Checksum, int[] Tokens);
