using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;
using Jmlr.Models.Files;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// From how many tokens on a prompt goes through libtorch in bf16: measured once for a machine, a build and a format of weights, and kept in the user's cache folder.
/// Never guessed from the vendor: with AMX bf16 is several times as fast as the kernels over int8 tiles, without it slower. Only a clear gain counts, because such
/// tokens get other bits than alone.
/// </summary>
static unsafe class LongPromptChoice
{
    /// <summary>Forces the answer: "tiles" or "bf16".</summary>
    internal const string Variable = "JMLR_LONG_PROMPTS";

    /// <summary>The threshold where the tiles are faster for any number of tokens.</summary>
    internal const int Never = int.MaxValue;

    private const double ClearGain = 1.5;
    private const int Rows = 2304, Columns = 2048, Few = 256, Many = 1024, Rounds = 3; // rows no power of two, at which every store would meet the same cache lines

    /// <summary>
    /// Fewest tokens for which bf16 is clearly faster with weights of <paramref name="format"/>; <paramref name="cacheFolder"/> is where answers are kept, and
    /// <paramref name="measured"/> what the caller has measured already.
    /// </summary>
    internal static int Threshold(TileFormat format, ThreadTeam team, InstructionSet set, string? cacheFolder = null, LongPromptTimes? measured = null)
    {
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case "tiles":
                return Never;
            case "bf16":
                return LongPrompts.FewestTokens;
            case { Length: > 0 } other:
                Throw.Usage($"{Variable} is '{other}': allowed are tiles and bf16");
                break;
        }

        string path = KeptAt(format, team.Size, set, cacheFolder);
        string? kept = MachineAnswers.Read(path);
        if (int.TryParse(kept, NumberStyles.None, CultureInfo.InvariantCulture, out int known) && known >= LongPrompts.FewestTokens)
        {
            return known;
        }

        int threshold = (measured ?? Measure(format, team, set)).Threshold();
        MachineAnswers.Keep(path, threshold.ToString(CultureInfo.InvariantCulture));
        return threshold;
    }

    /// <summary>Times both on a matrix of 2304 x 2048; libtorch is loaded if it was not.</summary>
    internal static LongPromptTimes Measure(TileFormat format, ThreadTeam team, InstructionSet set)
    {
        using NativeBuffer weights = new(PackedMatrix.Measure(format, Rows, Columns)), output = new((long)Few * Rows * sizeof(float));
        using Activations input = new(Few, Columns);
        var matrix = new PackedMatrix(format, Rows, Columns, weights.Pointer);
        var wide = new WideMatrix(matrix);
        using var units = new MatrixUnits(team, Many, wide);

        // As fp16 this byte pair is 0.01: finite scales, no denormal products.
        Unsafe.InitBlock(weights.Pointer, 0x21, (uint)weights.Length);
        input.Shape(Few, Columns);
        Unsafe.InitBlock(input.Quants, 0x21, Few * Columns);
        new Span<float>(input.Scales, Few * Columns / TileFormats.Block).Fill(0.01f);
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        Tensor inputs = full(Many, Columns, 0.5, dtype: bfloat16), outputs = empty(Many, Rows, dtype: bfloat16), fewInputs = inputs.narrow(0, 0, Few), fewOutputs = outputs.narrow(0, 0, Few);
        var multiply = new MultiplyJob(team, set, input);
        double tiles = double.MaxValue, few = double.MaxValue, many = double.MaxValue;

        // The first round compiles. Rounds alternate, so that a neighbour's burst meets all of them.
        for (int round = 0; round <= Rounds; round++)
        {
            bool counts = round > 0;
            tiles = Best(tiles, counts, () => multiply.Run(matrix, (float*)output.Pointer));
            few = Best(few, counts, () => units.Multiply(wide, fewInputs, fewOutputs));
            many = Best(many, counts, () => units.Multiply(wide, inputs, outputs));
        }

        double each = Math.Max(many - few, 0) / (Many - Few);
        return new LongPromptTimes(tiles / Few, Math.Max(few - (each * Few), 0), each, 2.0 * Rows * Columns);
    }

    /// <summary>Where the answer is kept.</summary>
    internal static string KeptAt(TileFormat format, int threads, InstructionSet set, string? cacheFolder) =>
        MachineAnswers.PathOf("long-prompts", cacheFolder, threads, format, set.Name, TorchRuntime.Version, typeof(LongPromptChoice).Module.ModuleVersionId);

    private static double Best(double best, bool counts, Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return counts ? Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds) : best;
    }

    /// <summary>What was measured, in seconds for one matrix of <paramref name="Work"/> operations a token.</summary>
    /// <param name="Tiles">A token by the kernels over tiles.</param>
    /// <param name="Widening">What bf16 costs for any number of tokens.</param>
    /// <param name="Units">A further token in bf16.</param>
    /// <param name="Work">Multiplications and additions for a token.</param>
    internal readonly record struct LongPromptTimes(double Tiles, double Widening, double Units, double Work)
    {
        /// <summary>Operations a second by the kernels over tiles.</summary>
        internal double TileRate => Work / Tiles;

        /// <summary>Operations a second in bf16 with widening, for a whole chunk.</summary>
        internal double UnitRate => Work * LongPrompts.ChunkTokens / (Widening + (LongPrompts.ChunkTokens * Units));

        /// <summary>Fewest tokens with a clear gain; <see cref="Never"/> where a whole chunk has none.</summary>
        internal int Threshold()
        {
            double saved = Tiles - (ClearGain * Units);
            double tokens = saved > 0 ? Math.Ceiling(ClearGain * Widening / saved) : Never;
            return tokens > LongPrompts.ChunkTokens ? Never : (int)Math.Max(tokens, LongPrompts.FewestTokens);
        }
    }
}
