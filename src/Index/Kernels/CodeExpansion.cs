namespace Jmlr.Index.Kernels;

/// <summary>
/// Expands plane-packed residual codes into 7-bit weights: weights[n][dim] = table[code]. The table has 256 entries; for fewer than 8 bits
/// its first 2^bits entries are repeated over 16 by the caller, so that a byte shuffle can read it.
/// </summary>
static unsafe class CodeExpansion
{
    internal static delegate*<byte*, byte*, int, int, int, byte*, void> Active { get; } = For(ActiveInstructionSet.Value);

    internal static delegate*<byte*, byte*, int, int, int, byte*, void> For(InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => &CodeExpansionAvx512.Expand,
        InstructionSet.AvxVnni or InstructionSet.Avx2 => &CodeExpansionAvx2.Expand,
        InstructionSet.AdvSimd or InstructionSet.AdvSimdDp => &CodeExpansionAdvSimd.Expand,
        _ => &CodeExpansionScalar.Expand,
    };
}
