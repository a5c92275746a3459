using System.Diagnostics;
using Jmlr.Models.Files;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding;

/// <summary>
/// Whether bf16 matrix products beat fp32 here: measured once for a machine and kept in the user's cache folder. Never guessed from the vendor: on one
/// processor bf16 is four times faster, on another twice slower.
/// </summary>
static class PrecisionChoice
{
    /// <summary>Forces the answer: "bf16" or "fp32".</summary>
    internal const string Variable = "JMLR_ENCODER_PRECISION";

    private const string Brain = "bf16", Single = "fp32";
    private const int Rows = 2048, Inner = 384, Columns = 1536, Rounds = 4;

    /// <summary>Whether weights and activations shall be bf16; <paramref name="cacheFolder"/> is where the answer of a machine is kept.</summary>
    internal static bool UseBrain(EncoderPrecision precision, int threads, string? cacheFolder = null)
    {
        switch (precision)
        {
            case EncoderPrecision.Bf16:
                return true;
            case EncoderPrecision.Fp32:
                return false;
        }

        string path = KeptAt(threads, cacheFolder);
        string? known = Environment.GetEnvironmentVariable(Variable) is string { Length: > 0 } forced ? Check(forced) : MachineAnswers.Read(path) is (Brain or Single) and string kept ? kept : null;
        if (known is null && precision == EncoderPrecision.Fastest)
        {
            TorchRuntime.Start(threads);
            known = Rate(bfloat16) > Rate(float32) ? Brain : Single;
            MachineAnswers.Keep(path, known);
        }

        return known == Brain;
    }

    /// <summary>Rate of a product of the encoder's shape in FLOP/s, best of a few, on the calling thread's number of threads.</summary>
    internal static double Rate(ScalarType type)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        Tensor left = ones(Rows, Inner, dtype: type), right = ones(Columns, Inner, dtype: type);
        double best = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            using var inner = NewDisposeScope();
            long started = Stopwatch.GetTimestamp();
            nn.functional.linear(left, right);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            best = round == 0 ? 0 : Math.Max(best, 2.0 * Rows * Inner * Columns / seconds);
        }

        return best;
    }

    private static string Check(string forced)
    {
        if (forced is not (Brain or Single))
        {
            Throw.UnknownPrecision(Variable, forced);
        }

        return forced;
    }

    private static string KeptAt(int threads, string? cacheFolder) => MachineAnswers.PathOf("encoder-precision", cacheFolder, threads, TorchRuntime.Version);
}
