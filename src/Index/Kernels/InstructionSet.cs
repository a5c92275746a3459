using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>Instruction sets that kernels exist for. All of them return the same bits.</summary>
enum InstructionSet
{
    /// <summary>Plain C#, the reference.</summary>
    Scalar,
    /// <summary>128-bit of 64-bit ARM.</summary>
    AdvSimd,
    /// <summary>128-bit of 64-bit ARM with the byte dot product.</summary>
    AdvSimdDp,
    /// <summary>256-bit with FMA.</summary>
    Avx2,
    /// <summary>256-bit with the byte dot product (VEX encoding).</summary>
    AvxVnni,
    /// <summary>512-bit F and BW.</summary>
    Avx512,
}

/// <summary>The instruction set in use, chosen once; <c>JMLR_FORCE_ISA</c> (avx512, avxvnni, avx2, advsimddp, advsimd, scalar) overrides.</summary>
static class ActiveInstructionSet
{
    private const string Variable = "JMLR_FORCE_ISA";

    internal static InstructionSet Value { get; } = Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>True when the user named it.</summary>
    internal static bool IsForced => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));

    internal static bool IsSupported(InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => Avx512F.IsSupported && Avx512BW.IsSupported,
        InstructionSet.AvxVnni => AvxVnni.IsSupported && IsSupported(InstructionSet.Avx2),
        InstructionSet.AdvSimdDp => Dp.IsSupported && IsSupported(InstructionSet.AdvSimd),
        InstructionSet.AdvSimd => AdvSimd.Arm64.IsSupported,
        InstructionSet.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    internal static InstructionSet Choose(string? forced)
    {
        if (!string.IsNullOrEmpty(forced))
        {
            if (!Enum.TryParse(forced, ignoreCase: true, out InstructionSet named) || !Enum.IsDefined(named) || !IsSupported(named))
            {
                Throw.UnknownInstructionSet(forced);
            }

            return named;
        }

        InstructionSet[] preferred = [InstructionSet.Avx512, InstructionSet.AvxVnni, InstructionSet.Avx2, InstructionSet.AdvSimdDp, InstructionSet.AdvSimd];
        return preferred.FirstOrDefault(IsSupported, InstructionSet.Scalar);
    }
}
