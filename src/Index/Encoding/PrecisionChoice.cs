using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Jmlr.Models.Files;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding;

/// <summary>
/// Whether bf16 matrix products beat fp32 here: measured once for a machine and kept in the user's cache folder. Never guessed from the vendor: on one
/// processor bf16 is three times faster, on another twice slower.
/// </summary>
static class PrecisionChoice
{
    /// <summary>Forces the answer: "bf16" or "fp32".</summary>
    internal const string Variable = "JMLR_ENCODER_PRECISION";

    private const int Rows = 2048, Inner = 384, Columns = 1536, Rounds = 4;

    internal static bool BrainIsFaster(int threads)
    {
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case "bf16": return true;
            case "fp32": return false;
        }

        string path = CachePath(threads);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is "bf16" or "fp32")
        {
            return File.ReadAllText(path).Trim() == "bf16";
        }

        bool faster = Rate(bfloat16) > Rate(float32);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFile.Write(path, faster ? "bf16\n"u8.ToArray() : "fp32\n"u8.ToArray());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without a cache folder the measurement (a tenth of a second) is made again next time.
        }

        return faster;
    }

    /// <summary>Rate of a product of the encoder's shape in FLOP/s, best of a few.</summary>
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

    private static string CachePath(int threads)
    {
        string machine = $"{Processor()}|{Environment.ProcessorCount}|{threads}|{TorchRuntime.Version}|{RuntimeInformation.RuntimeIdentifier}";
        string folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(folder.Length == 0 ? Path.GetTempPath() : folder, "jmlr", string.Create(CultureInfo.InvariantCulture, $"encoder-precision-{ContentHash.Of(machine)[..16]}"));
    }

    private static string Processor()
    {
        try
        {
            return File.ReadLines("/proc/cpuinfo").Where(line => line.StartsWith("model name", StringComparison.Ordinal) || line.StartsWith("flags", StringComparison.Ordinal)).Take(2).Aggregate("", string.Concat);
        }
        catch (IOException)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
    }
}
