using System.Globalization;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Threading;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Prefill;

/// <summary>How long prompts are multiplied on this machine, for reports.</summary>
public static class LongPromptReport
{
    /// <summary>Measures a 4-bit matrix both ways with <paramref name="threads"/> threads and says which is used; without libtorch the tiles are.</summary>
    public static string Measure(int threads)
    {
        using var team = new ThreadTeam(threads);
        InstructionSet set = KernelChoice.Choose();
        try
        {
            LongPromptChoice.LongPromptTimes times = LongPromptChoice.Measure(TileFormat.Q4Min, team, set);
            int threshold = LongPromptChoice.Threshold(TileFormat.Q4Min, team, set, measured: times);
            string used = threshold == LongPromptChoice.Never ? "int8 tiles are used" : $"bf16 is used from {threshold} tokens on";
            return string.Create(CultureInfo.InvariantCulture, $"int8 tiles {times.TileRate / 1e9:0} GFLOP/s, bf16 through libtorch {times.UnitRate / 1e9:0} GFLOP/s for {LongPrompts.ChunkTokens} tokens: {used}");
        }
        catch (JmlrOperationException error)
        {
            return $"int8 tiles: {error.Message}";
        }
    }
}
