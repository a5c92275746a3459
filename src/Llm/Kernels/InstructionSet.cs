using System.Runtime.Intrinsics.X86;

namespace Jmlr.Llm.Kernels;

/// <summary>Kernels of one instruction set.</summary>
/// <param name="Name">"avx512", "avxvnni", "avx2" or "scalar".</param>
/// <param name="Tiles">Matrix products.</param>
/// <param name="Floats">Everything else.</param>
sealed record InstructionSet(string Name, TileKernels Tiles, FloatKernels Floats)
{
    private const string Variable = "JMLR_FORCE_ISA";

    /// <summary>Names that this machine can run, best first.</summary>
    internal static IReadOnlyList<string> Available { get; } =
        [.. new[]
        {
            (Avx512BW.IsSupported && Avx512F.IsSupported, "avx512"),
            (AvxVnni.IsSupported && Fma.IsSupported, "avxvnni"),
            (Avx2.IsSupported && Fma.IsSupported, "avx2"),
            (true, "scalar"),
        }.Where(set => set.Item1).Select(set => set.Item2)];

    /// <summary>The best of this machine, or what JMLR_FORCE_ISA names.</summary>
    internal static InstructionSet Choose()
    {
        string? forced = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(forced))
        {
            return Create(Available[0]);
        }

        if (!Available.Contains(forced))
        {
            Throw.Usage($"{Variable} is '{forced}'; this machine runs {string.Join(", ", Available)}");
        }

        return Create(forced);
    }

    /// <summary>The kernels called <paramref name="name"/>.</summary>
    internal static InstructionSet Create(string name) => name switch
    {
        "avx512" => new InstructionSet(name, new Avx512TileKernels(), new Avx512FloatKernels()),
        "avxvnni" => new InstructionSet(name, new Avx2TileKernels<VnniDot>(), new Avx2FloatKernels()),
        "avx2" => new InstructionSet(name, new Avx2TileKernels<Avx2Dot>(), new Avx2FloatKernels()),
        _ => new InstructionSet("scalar", new ScalarTileKernels(), new FloatKernels()),
    };
}
