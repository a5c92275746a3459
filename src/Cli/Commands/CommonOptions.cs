using System.CommandLine;
using System.Globalization;
using Jmlr.Models.Errors;
using Jmlr.Models.Torch;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary>Options that every verb takes.</summary>
static class CommonOptions
{
    internal static readonly Option<string?> WorkspaceOption = new("--workspace", "-w")
    {
        Description = "Workspace folder (default: JMLR_WORKSPACE, else .jmlr here)",
        HelpName = "DIR",
        Recursive = true,
    };

    internal static readonly Option<string?> ModelOption = new("--model", "-m")
    {
        Description = "Model folder (default: JMLR_MODEL, else models/jmlr-mini)",
        HelpName = "DIR",
        Recursive = true,
    };

    internal static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object instead of text", Recursive = true };

    internal static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "No progress and no notes", Recursive = true };

    internal static readonly Option<string> Device = new("--device")
    {
        Description = "cpu, or cuda[:n] in a build with -p:TorchBackend=cuda",
        HelpName = "DEVICE",
        Recursive = true,
        DefaultValueFactory = _ => TorchRuntime.Processor,
    };

    internal static readonly Option<int> Threads = new("--threads")
    {
        Description = "Worker threads (default: all cores)",
        HelpName = "N",
        Recursive = true,
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    internal static void AddTo(RootCommand root)
    {
        root.Options.Add(WorkspaceOption);
        root.Options.Add(ModelOption);
        root.Options.Add(Json);
        root.Options.Add(Quiet);
        root.Options.Add(Device);
        root.Options.Add(Threads);
    }

    internal static Workspace Workspace(ParseResult parsed) => Jmlr.Query.Workspaces.Workspace.Locate(parsed.GetValue(WorkspaceOption));

    internal static string ModelPath(ParseResult parsed) => Installation.ModelPath(parsed.GetValue(ModelOption));

    internal static SessionOptions Session(ParseResult parsed) => new() { Threads = parsed.GetValue(Threads), Device = parsed.GetValue(Device)! };

    /// <summary>Checks the values that are the same everywhere.</summary>
    internal static void Apply(ParseResult parsed)
    {
        int threads = parsed.GetValue(Threads);
        if (threads is < 1 or > 1024)
        {
            throw new JmlrUsageException(string.Create(CultureInfo.InvariantCulture, $"--threads {threads}: allowed are 1 to 1024"));
        }
    }

    /// <summary>A whole number within bounds, or a usage error that names option, value and bounds.</summary>
    internal static int Bounded(ParseResult parsed, Option<int> option, int minimum, int maximum)
    {
        int value = parsed.GetValue(option);
        return value >= minimum && value <= maximum
            ? value
            : throw new JmlrUsageException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} {value}: allowed are {minimum} to {maximum}"));
    }

    /// <summary>A number within bounds, or a usage error that names option, value and bounds.</summary>
    internal static double Bounded(ParseResult parsed, Option<double> option, double minimum, double maximum)
    {
        double value = parsed.GetValue(option);
        return value >= minimum && value <= maximum
            ? value
            : throw new JmlrUsageException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} {value}: allowed are {minimum} to {maximum}"));
    }
}
