using Jmlr.Models.Files;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// Which instruction set multiplies: measured once for a machine and a build, and kept in the user's cache folder. Never guessed from the vendor: without VNNI in
/// 512 bits, AVX-512 has three times the rate of AVX-VNNI on one processor and nine tenths of it on another. The answer changes time only, no bit of a result.
/// </summary>
static class KernelChoice
{
    /// <summary>Forces the answer.</summary>
    internal const string Variable = "JMLR_FORCE_ISA";

    /// <summary>Sets worth measuring: AVX2 does the work of AVX-VNNI in more instructions, and the plain twin is for tests.</summary>
    internal static string[] Contenders(IReadOnlyList<string> available) =>
        [.. available.Where(set => set != "scalar" && !(set == "avx2" && available.Contains("avxvnni")))];

    /// <summary>The fastest kernels of this machine, or what <see cref="Variable"/> names; <paramref name="cacheFolder"/> is where the answer is kept.</summary>
    internal static InstructionSet Choose(string? cacheFolder = null)
    {
        if (Environment.GetEnvironmentVariable(Variable) is string { Length: > 0 } forced)
        {
            if (!InstructionSet.Available.Contains(forced))
            {
                Throw.Usage($"{Variable} is '{forced}'; this machine runs {string.Join(", ", InstructionSet.Available)}");
            }

            return InstructionSet.Create(forced);
        }

        string[] contenders = Contenders(InstructionSet.Available);
        if (contenders.Length < 2)
        {
            return InstructionSet.Create(InstructionSet.Available[0]);
        }

        string path = KeptAt(cacheFolder);
        (string Four, string Eight)? known = Parse(MachineAnswers.Read(path), contenders);
        if (known is null)
        {
            known = KernelRace.Run(contenders);
            MachineAnswers.Keep(path, $"{known.Value.Four} {known.Value.Eight}");
        }

        return InstructionSet.Create(known.Value.Four, known.Value.Eight);
    }

    /// <summary>Where the answer of this machine and this build is kept.</summary>
    internal static string KeptAt(string? cacheFolder) => MachineAnswers.PathOf("kernels", cacheFolder, typeof(KernelChoice).Module.ModuleVersionId);

    private static (string Four, string Eight)? Parse(string? kept, string[] contenders) =>
        kept?.Split(' ') is [string four, string eight] && contenders.Contains(four) && contenders.Contains(eight) ? (four, eight) : null;
}
