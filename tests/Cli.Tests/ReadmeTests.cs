using System.Diagnostics;

namespace Jmlr.Cli.Tests;

/// <summary>The commands of the README are run as they stand there, one after another, in one folder.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-readme-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_command_of_the_readme_works()
    {
        string[] commands =
        [
            .. File.ReadLines(Path.Combine(SharedData.Repository, "README.md")).SkipWhile(line => !line.StartsWith("<!-- readme-commands", StringComparison.Ordinal))
                .Where(line => line.StartsWith("$ ./jmlr ", StringComparison.Ordinal)).Select(line => line["$ ./jmlr ".Length..]),
        ];
        Assert.True(commands.Length >= 8, $"only {commands.Length} commands in README.md");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "corpora"), Path.Combine(SharedData.Repository, "corpora"));
        foreach (string command in commands)
        {
            JmlrRun run = JmlrProcess.Run(Split(command), input: null, _folder);
            Assert.True(run.ExitCode == 0, $"./jmlr {command}: exit {run.ExitCode}: {run.Error}");
            Assert.NotEqual("", run.Output.Trim());
        }
    }

    [Fact]
    public void The_launcher_is_a_posix_script()
    {
        using Process check = Process.Start("sh", ["-n", Path.Combine(SharedData.Repository, "jmlr")]);
        check.WaitForExit();
        Assert.Equal(0, check.ExitCode);
    }

    // Words as a shell splits them: white space outside double quotes.
    private static string[] Split(string command) =>
    [
        .. command.Split('"').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    ];
}
