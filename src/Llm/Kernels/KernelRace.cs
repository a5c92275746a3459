using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// Times the products of a prompt on data that stays in the second-level cache: there the instruction sets differ, while single tokens wait for memory on any of them.
/// About a millisecond, and the compilation of kernels that are mostly needed anyway.
/// </summary>
static unsafe class KernelRace
{
    private const int Rows = 128, Columns = 512, Tokens = 32, Rounds = 6;

    /// <summary>The fastest of <paramref name="contenders"/> for 4-bit and for 8-bit weights.</summary>
    internal static (string Four, string Eight) Run(string[] contenders)
    {
        using Activations input = new(Tokens, Columns);
        input.Shape(Tokens, Columns);
        int blocks = Tokens * Columns / TileFormats.Block;
        Unsafe.InitBlock(input.Quants, 0x21, Tokens * Columns);
        new Span<float>(input.Scales, blocks).Fill(0.01f);
        new Span<float>(input.Sums, blocks).Fill(0.3f);
        using NativeBuffer output = new(Tokens * Rows * sizeof(float));
        return (Fastest(contenders, TileFormat.Q4Min, input, output), Fastest(contenders, TileFormat.Q8, input, output));
    }

    private static string Fastest(string[] contenders, TileFormat format, Activations input, NativeBuffer output)
    {
        using NativeBuffer weights = new(PackedMatrix.Measure(format, Rows, Columns));
        // As fp16 this byte pair is 0.01: finite scales, no denormal products.
        Unsafe.InitBlock(weights.Pointer, 0x21, (uint)weights.Length);
        var matrix = new PackedMatrix(format, Rows, Columns, weights.Pointer);
        TileKernels[] kernels = [.. contenders.Select(name => InstructionSet.Create(name).Tiles)];
        long[] best = [.. kernels.Select(_ => long.MaxValue)];

        // The first round compiles. Rounds alternate, so that a neighbour's burst meets all of them.
        for (int round = 0; round <= Rounds; round++)
        {
            for (int i = 0; i < kernels.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                kernels[i].Multiply(matrix, 0, matrix.TileCount, input, (float*)output.Pointer, Rows);
                long ticks = Stopwatch.GetTimestamp() - start;
                best[i] = round == 0 ? long.MaxValue : Math.Min(best[i], ticks);
            }
        }

        return contenders[Array.IndexOf(best, best.Min())];
    }
}
