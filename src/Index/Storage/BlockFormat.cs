using TextEncoding = System.Text.Encoding;

namespace Jmlr.Index.Storage;

/// <summary>
/// The frame of every binary file of an index: a 64-byte header, sections on 64-byte boundaries, a footer with the section table and a
/// CRC-32C for each 64 KiB of every section, and a 32-byte trailer that finds and guards the footer. Little-endian throughout.
/// </summary>
static class BlockFormat
{
    internal const int HeaderLength = 64;
    internal const int TrailerLength = 32;
    internal const int BlockLength = 1 << 16;
    internal const int Alignment = 64;
    internal const int EntryLength = 24;
    internal const int MostSections = 32;
    internal const uint Version = 1;

    internal static ReadOnlySpan<byte> Magic => "JMLRIDX\0"u8;

    internal static ReadOnlySpan<byte> EndMagic => "JMLREND\0"u8;

    internal static int Blocks(long length) => checked((int)((length + BlockLength - 1) / BlockLength));

    internal static string Name(SectionId id)
    {
        Span<byte> letters = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(letters, (uint)id);
        return TextEncoding.ASCII.GetString(letters).TrimEnd();
    }
}
