namespace Jmlr.Index.Kernels;

/// <summary>
/// Dot products of 7-bit vectors with one block of 32 query rows: sums[n][32] = vectors u8 [n][dim] (0..127) times tiles s8 (-63..63).
/// Tiles are laid out [dim/4][32 rows][4 dims]: one 512-bit load holds four dimensions of 16 rows. The ranges make two pairs of products
/// fit 16 bits (2 * 2 * 127 * 63 = 32 004), so every path is exact and all paths agree. Only the first <c>rows</c> sums of a vector are wanted; the others may stay what they were.
/// </summary>
static unsafe class IntegerDots
{
    /// <summary>Rows of a block.</summary>
    internal const int Rows = 32;

    /// <summary>Rows of half a block: paths leave out the second half of a query that is no longer.</summary>
    internal const int HalfRows = 16;

    /// <summary>Largest magnitude of a quantised query value.</summary>
    internal const int RowLimit = 63;

    /// <summary>Largest quantised vector value.</summary>
    internal const int VectorLimit = 127;

    internal static delegate*<byte*, sbyte*, int, int, int, int*, void> Active { get; } = For(IntegerDotsChoice.Within(ActiveInstructionSet.Value, ActiveInstructionSet.IsForced));

    internal static delegate*<byte*, sbyte*, int, int, int, int*, void> For(InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => &IntegerDotsAvx512.Compute,
        InstructionSet.AvxVnni => &IntegerDotsAvxVnni.Compute,
        InstructionSet.Avx2 => &IntegerDotsAvx2.Compute,
        InstructionSet.AdvSimdDp => &IntegerDotsAdvSimdDp.Compute,
        InstructionSet.AdvSimd => &IntegerDotsAdvSimd.Compute,
        _ => &IntegerDotsScalar.Compute,
    };
}
