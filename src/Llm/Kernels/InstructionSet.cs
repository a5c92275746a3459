using System.Runtime.Intrinsics.X86;
using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// The kernels in use. Products of 4-bit and of 8-bit weights may come from different instruction sets: all vector sets add in the same order, so which one
/// multiplies changes no bit of a result (see <see cref="KernelChoice"/>).
/// </summary>
/// <param name="Name">"avx512", "avxvnni", "avx2" or "scalar"; "4-bit set+8-bit set" where they differ.</param>
/// <param name="Tiles">Products of 4-bit and fp32 weights.</param>
/// <param name="ByteTiles">Products of 8-bit weights.</param>
/// <param name="Floats">Everything else.</param>
sealed record InstructionSet(string Name, TileKernels Tiles, TileKernels ByteTiles, FloatKernels Floats)
{
    /// <summary>Names that this machine can run, widest first.</summary>
    internal static IReadOnlyList<string> Available { get; } =
        [.. new[]
        {
            (Avx512BW.IsSupported && Avx512F.IsSupported, "avx512"),
            (AvxVnni.IsSupported && Fma.IsSupported, "avxvnni"),
            (Avx2.IsSupported && Fma.IsSupported, "avx2"),
            (true, "scalar"),
        }.Where(set => set.Item1).Select(set => set.Item2)];

    /// <summary>The kernels called <paramref name="name"/>.</summary>
    internal static InstructionSet Create(string name) => name switch
    {
        "avx512" => Of(name, new Avx512TileKernels(), new Avx512FloatKernels()),
        "avxvnni" => Of(name, new Avx2TileKernels<VnniDot>(), new Avx2FloatKernels()),
        "avx2" => Of(name, new Avx2TileKernels<Avx2Dot>(), new Avx2FloatKernels()),
        _ => Of("scalar", new ScalarTileKernels(), new FloatKernels()),
    };

    /// <summary>
    /// Products by the sets called <paramref name="four"/> and <paramref name="eight"/>; everything else by the widest set of the machine, whose sums differ from
    /// those of the others in the last bits and so must not depend on a measurement.
    /// </summary>
    internal static InstructionSet Create(string four, string eight) => new(
        four == eight ? four : $"{four}+{eight}", Create(four).Tiles, Create(eight).Tiles, Create(Available[0]).Floats);

    /// <summary>The kernels for tiles of <paramref name="format"/>.</summary>
    internal TileKernels TilesOf(TileFormat format) => format is TileFormat.Q8 or TileFormat.Q8Min ? ByteTiles : Tiles;

    private static InstructionSet Of(string name, TileKernels tiles, FloatKernels floats) => new(name, tiles, tiles, floats);
}
