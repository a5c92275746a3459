using System.Diagnostics;

namespace Jmlr.Cli.Tests;

/// <summary>What one run of the program gave.</summary>
sealed record JmlrRun(int ExitCode, string Output, string Error);

/// <summary>Runs the real program, as built, in a process of its own.</summary>
static class JmlrProcess
{
    private const int TimeoutMilliseconds = 240_000;

    internal static JmlrRun Run(params string[] arguments) => Run(arguments, input: null, folder: null);

    internal static JmlrRun Run(string[] arguments, string? input, string? folder)
    {
        using Process process = Start(arguments, folder);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        if (!process.WaitForExit(TimeoutMilliseconds))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"jmlr {string.Join(' ', arguments)} did not end within {TimeoutMilliseconds} ms");
        }

        return new JmlrRun(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    internal static Process Start(string[] arguments, string? folder)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "jmlr.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["JMLR_HOME"] = SharedData.Repository;
        start.Environment.Remove("JMLR_WORKSPACE");
        start.Environment.Remove("JMLR_MODEL");
        return Process.Start(start)!;
    }
}
