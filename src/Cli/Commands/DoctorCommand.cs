using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Encoding;
using Jmlr.Ingest.Store;
using Jmlr.Llm.Prefill;
using Jmlr.Models;
using Jmlr.Models.Errors;
using Jmlr.Models.Packaging;
using Jmlr.Models.Torch;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr doctor</c>: whether everything is in place, and how fast this machine is.</summary>
static class DoctorCommand
{
    internal static Command Create() => new Command("doctor", "Check the installation and measure the machine")
        .WithExamples("jmlr doctor", "jmlr doctor --json")
        .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        int threads = parsed.GetValue(CommonOptions.Threads);
        var checks = new List<CheckJson>
        {
            new("machine", true, Machine.Describe()),
            Check("memory bandwidth", () => string.Create(CultureInfo.InvariantCulture, $"{Machine.ReadBandwidth(threads) / 1e9:0.0} GB/s read, {threads} threads")),
            Check("libtorch", () =>
            {
                (double fp32, double bf16) = EncoderRates.MatrixRates(threads);
                return string.Create(CultureInfo.InvariantCulture, $"TorchSharp {TorchRuntime.Version}: {fp32 / 1e9:0} GFLOP/s fp32, {bf16 / 1e9:0} GFLOP/s bf16");
            }),
            Check("long prompts", () => LongPromptReport.Measure(threads)),
            Check("model", () =>
            {
                ModelFolder model = ModelFolder.Open(CommonOptions.ModelPath(parsed));
                model.Verify([.. model.Manifest.Parts.Select(part => part.Role).Distinct()], cancellation);
                return $"{model.Manifest.Name} at {model.Path}, {model.Manifest.Parts.Count} parts match their hashes";
            }),
            Check("workspace", () => Describe(CommonOptions.Workspace(parsed))),
        };
        if (output.Json)
        {
            JsonOutput.Write(new DoctorJson(checks.TrueForAll(check => check.Ok), checks));
        }
        else
        {
            checks.ForEach(check => output.Line($"{(check.Ok ? "ok  " : "FAIL")}  {check.Name,-17} {check.Detail}"));
        }

        return checks.TrueForAll(check => check.Ok) ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Describe(Workspace workspace)
    {
        if (!Directory.Exists(workspace.StorePath))
        {
            return $"none at {workspace.Root} yet";
        }

        using IPassageStore store = Stores.OpenForReading(workspace);
        return string.Create(CultureInfo.InvariantCulture, $"{workspace.Root}: {store.Documents.Count} document versions, generation {store.Generation}");
    }

    private static CheckJson Check(string name, Func<string> look)
    {
        try
        {
            return new CheckJson(name, true, look());
        }
        catch (Exception error) when (error is JmlrException or IOException)
        {
            return new CheckJson(name, false, error.Message);
        }
    }
}
