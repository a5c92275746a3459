using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// Tiles that a kernel for one token reads side by side. Such a product waits for memory only: one stream leaves a core with too few reads in flight, because the
/// arithmetic that waits for a line fills the queues. Eight streams, each fetched a little ahead, come near a loop that only reads (<c>bench llm-matrices</c>).
/// </summary>
readonly unsafe struct TileStreams(byte* weights, long gap, float* rows, int rowGap)
{
    /// <summary>Streams.</summary>
    internal const int Count = 8;

    // Measured: short rows of 8 bits are read faster one after the other, all others side by side.
    private const int ShortestBytes = 32 << 10;

    private const int Ahead = 1024;

    /// <summary>How much further ahead a single stream is fetched: it has the bandwidth of eight to fill.</summary>
    internal const int FurtherAhead = 3072;

    /// <summary>Bytes from the tile of a stream to that of the next.</summary>
    internal long Gap => gap;

    /// <summary>Whether streams read tiles of <paramref name="matrix"/> faster than one after the other.</summary>
    internal static bool Suit(PackedMatrix matrix) => matrix.Format is TileFormat.Q4 or TileFormat.Q4Min || (matrix.Format != TileFormat.F32 && matrix.TileBytes >= ShortestBytes);

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
