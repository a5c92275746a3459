using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Models.Files;

/// <summary>CRC-32C (Castagnoli), the checksum of our blocks: one instruction for 8 bytes where SSE4.2 is there, a table elsewhere.</summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78; // reflected
    private static readonly uint[] Table = MakeTable();

    // JMLR_FORCE_ISA=scalar switches every kernel of the program to its twin.
    private static readonly bool UseHardware = Sse42.X64.IsSupported && Environment.GetEnvironmentVariable("JMLR_FORCE_ISA") != "scalar";

    /// <summary>Checksum of <paramref name="data"/>; <paramref name="seed"/> is the checksum of what came before, to go on from.</summary>
    public static uint Compute(ReadOnlySpan<byte> data, uint seed = 0)
    {
        uint crc = ~seed;
        return ~(UseHardware ? Hardware(crc, data) : Scalar(crc, data));
    }

    internal static uint ComputeScalar(ReadOnlySpan<byte> data, uint seed = 0) => ~Scalar(~seed, data);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // megabytes on the first call: not through the unoptimised code first
    private static uint Hardware(uint crc, ReadOnlySpan<byte> data)
    {
        ulong wide = crc;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
        {
            wide = Sse42.X64.Crc32(wide, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        crc = (uint)wide;
        foreach (byte value in data[(words.Length * 8)..])
        {
            crc = Sse42.Crc32(crc, value);
        }

        return crc;
    }

    private static uint Scalar(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
        {
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }

            table[i] = crc;
        }

        return table;
    }
}
