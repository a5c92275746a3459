namespace Jmlr.Index.Kernels;

/// <summary>
/// fp32 dot products of vectors with one block of 32 query rows: scores[n][32] = vectors [n][dim] times queries [dim][32] (transposed).
/// Every score is one chain of fused multiply-adds in the order of the dimensions, so all paths give the same bits. Only the first <c>rows</c> scores of a vector are wanted; the others may stay what they were.
/// </summary>
static unsafe class FloatDots
{
    internal static delegate*<float*, float*, int, int, int, float*, void> Active { get; } = For(ActiveInstructionSet.Value);

    internal static delegate*<float*, float*, int, int, int, float*, void> For(InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => &FloatDotsAvx512.Compute,
        InstructionSet.AvxVnni or InstructionSet.Avx2 => &FloatDotsAvx2.Compute,
        InstructionSet.AdvSimd or InstructionSet.AdvSimdDp => &FloatDotsAdvSimd.Compute,
        _ => &FloatDotsScalar.Compute,
    };
}
