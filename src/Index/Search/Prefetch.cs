using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Search;

/// <summary>Asks for memory before it is needed: candidates lie far from one another, so no processor foresees where the next one is.</summary>
static unsafe class Prefetch
{
    private const int LineBytes = 64;

    /// <summary>Starts reading memory.</summary>
    internal static void Read<T>(ReadOnlySpan<T> memory) where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            fixed (byte* bytes = MemoryMarshal.AsBytes(memory))
            {
                for (int at = 0; at < memory.Length * sizeof(T); at += LineBytes)
                {
                    Sse.Prefetch0(bytes + at);
                }
            }
        }
    }

    /// <summary>Starts reading some of the rows of mapped memory.</summary>
    internal static void Read(ReadOnlySpan<byte> mapped, int rowBytes, ReadOnlySpan<int> rows)
    {
        if (Sse.IsSupported)
        {
            fixed (byte* bytes = mapped)
            {
                foreach (int row in rows)
                {
                    for (int at = 0; at < rowBytes; at += LineBytes)
                    {
                        Sse.Prefetch0(bytes + (row * rowBytes) + at);
                    }
                }
            }
        }
    }

    /// <summary>Starts reading rows of 32 values of a table.</summary>
    internal static void Rows(float* table, ushort* rows, int count)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < count; i++)
            {
                byte* at = (byte*)(table + ((long)rows[i] * IntegerDots.Rows));
                Sse.Prefetch0(at);
                Sse.Prefetch0(at + LineBytes);
            }
        }
    }
}
