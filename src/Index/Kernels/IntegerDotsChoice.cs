using System.Diagnostics;

namespace Jmlr.Index.Kernels;

/// <summary>
/// Which path of <see cref="IntegerDots"/> is the fastest here. A processor with both takes 512-bit <c>vpmaddubsw</c> or 256-bit <c>vpdpbusd</c>, whichever it does faster:
/// 32 and 24 ns a vector and block on an Intel Emerald Rapids. A tenth of a millisecond, once in a process; both give the same bits, so a wrong choice in a disturbed moment
/// costs time alone.
/// </summary>
static unsafe class IntegerDotsChoice
{
    private const int Passes = 16;
    private const int Vectors = 64;
    private const int Dimension = 128;

    /// <summary>The set to take where <paramref name="set"/> is active.</summary>
    internal static InstructionSet Within(InstructionSet set, bool forced)
    {
        if (forced || set != InstructionSet.Avx512 || !ActiveInstructionSet.IsSupported(InstructionSet.AvxVnni))
        {
            return set;
        }

        using var vectors = new AlignedBuffer<byte>();
        using var tiles = new AlignedBuffer<sbyte>();
        using var sums = new AlignedBuffer<int>();
        new Span<byte>(vectors.Ensure(Vectors * Dimension), Vectors * Dimension).Clear();
        new Span<sbyte>(tiles.Ensure(IntegerDots.Rows * Dimension), IntegerDots.Rows * Dimension).Clear();
        sums.Ensure(Vectors * IntegerDots.Rows);
        long wide = long.MaxValue, narrow = long.MaxValue;
        for (int pass = 0; pass < Passes; pass++)
        {
            // In turns, so that a neighbour on the machine disturbs both.
            wide = Math.Min(wide, Ticks(&IntegerDotsAvx512.Compute, vectors, tiles, sums));
            narrow = Math.Min(narrow, Ticks(&IntegerDotsAvxVnni.Compute, vectors, tiles, sums));
        }

        return narrow < wide ? InstructionSet.AvxVnni : InstructionSet.Avx512;
    }

    private static long Ticks(delegate*<byte*, sbyte*, int, int, int, int*, void> dots, AlignedBuffer<byte> vectors, AlignedBuffer<sbyte> tiles, AlignedBuffer<int> sums)
    {
        long start = Stopwatch.GetTimestamp();
        dots(vectors.Pointer, tiles.Pointer, Vectors, IntegerDots.Rows, Dimension, sums.Pointer);
        return Stopwatch.GetTimestamp() - start;
    }
}
