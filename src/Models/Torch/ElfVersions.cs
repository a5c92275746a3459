using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Models.Torch;

/// <summary>
/// Marks one required symbol version of an ELF64 little-endian shared object as weak, so that the dynamic loader accepts a libstdc++ without it.
/// TorchSharp 0.107 asks for GLIBCXX_3.4.32, whose only symbol is a link-order marker that is never resolved (dotnet/TorchSharp #1552).
/// </summary>
static class ElfVersions
{
    private const uint VersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 2; // VER_FLG_WEAK
    private const int MaximumRecords = 4096;

    /// <summary>Number of entries marked; 0 when the file does not ask for the version or is not such a file. Reads and writes stay within <paramref name="elf"/>.</summary>
    internal static int Weaken(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
        {
            return 0;
        }

        ulong sections = BinaryPrimitives.ReadUInt64LittleEndian(elf[0x28..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3A..]), count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..]);
        int marked = 0;
        for (int i = 0; i < count; i++)
        {
            if (Section(elf, sections, size, i) is not long header || U32(elf, header + 4) != VersionNeeds)
            {
                continue;
            }

            if (U64(elf, header + 0x18) is ulong records && U32(elf, header + 0x28) is uint link
                && Section(elf, sections, size, link) is long strings && U64(elf, strings + 0x18) is ulong names)
            {
                marked += WeakenRecords(elf, (long)Math.Min(records, int.MaxValue), (long)Math.Min(names, int.MaxValue), version);
            }
        }

        return marked;
    }

    private static int WeakenRecords(Span<byte> elf, long record, long names, string version)
    {
        int marked = 0;
        for (int records = 0; records < MaximumRecords; records++)
        {
            if (U16(elf, record + 2) is not ushort versions || U32(elf, record + 8) is not uint first || U32(elf, record + 12) is not uint next)
            {
                return marked;
            }

            long entry = record + first;
            for (int k = 0; k < versions; k++)
            {
                if (U32(elf, entry + 8) is not uint name || U32(elf, entry + 12) is not uint step)
                {
                    return marked;
                }

                if (IsName(elf, names + name, version))
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(int)(entry + 4)..], WeakFlag);
                    marked++;
                }

                entry += step;
            }

            if (next == 0)
            {
                break;
            }

            record += next;
        }

        return marked;
    }

    private static bool IsName(ReadOnlySpan<byte> elf, long at, string version)
    {
        byte[] wanted = [.. Encoding.ASCII.GetBytes(version), 0];
        return at >= 0 && at <= elf.Length - wanted.Length && elf.Slice((int)at, wanted.Length).SequenceEqual(wanted);
    }

    private static long? Section(ReadOnlySpan<byte> elf, ulong start, int size, long index)
    {
        UInt128 at = (UInt128)start + ((UInt128)size * (UInt128)index);
        return at <= (UInt128)Math.Max(0, elf.Length - 64) ? (long)at : null;
    }

    private static ushort? U16(ReadOnlySpan<byte> elf, long at) => at >= 0 && at <= elf.Length - 2 ? BinaryPrimitives.ReadUInt16LittleEndian(elf[(int)at..]) : null;

    private static uint? U32(ReadOnlySpan<byte> elf, long at) => at >= 0 && at <= elf.Length - 4 ? BinaryPrimitives.ReadUInt32LittleEndian(elf[(int)at..]) : null;

    private static ulong? U64(ReadOnlySpan<byte> elf, long at) => at >= 0 && at <= elf.Length - 8 ? BinaryPrimitives.ReadUInt64LittleEndian(elf[(int)at..]) : null;
}
