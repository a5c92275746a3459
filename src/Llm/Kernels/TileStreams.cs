using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// Tiles that a kernel for one token reads side by side. Such a product waits for memory only: one stream leaves a core with too few reads in flight, because the
/// arithmetic that waits for a line fills the queues. Four streams, each fetched a little ahead, read as fast as a loop that does nothing else (docs/decoder.md).
/// </summary>
readonly unsafe struct TileStreams(byte* weights, long gap, float* rows, int rowGap)
{
    /// <summary>Streams.</summary>
    internal const int Count = 4;

    private const int Ahead = 1536;

    /// <summary>Weights of the tile of stream <paramref name="i"/>.</summary>
    internal byte* Weights(int i) => weights + (i * gap);

    /// <summary>The 16 results of stream <paramref name="i"/>.</summary>
    internal float* Rows(int i) => rows + (i * rowGap);

    /// <summary>Asks for the 320 bytes that lie <see cref="Ahead"/> of <paramref name="at"/>; beyond the end of the memory this does nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Fetch(byte* at)
    {
        Sse.Prefetch0(at + Ahead);
        Sse.Prefetch0(at + Ahead + 64);
        Sse.Prefetch0(at + Ahead + 128);
        Sse.Prefetch0(at + Ahead + 192);
        Sse.Prefetch0(at + Ahead + 256);
    }
}
