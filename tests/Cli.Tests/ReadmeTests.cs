using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Jmlr.Cli.Tests;

/// <summary>The commands of the README are run as they stand there, one after another, in one folder; what it shows of their output must be what they print, numbers apart.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private const string Prompt = "$ ./jmlr ";

    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-readme-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_command_of_the_readme_works()
    {
        List<(string Command, List<string> Shown)> commands = Read();
        Assert.True(commands.Count >= 8, $"only {commands.Count} commands in README.md");
        Assert.True(commands.Sum(command => command.Shown.Count) >= 16, "README.md shows too little output");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "corpora"), Path.Combine(SharedData.Repository, "corpora"));
        foreach ((string command, List<string> shown) in commands)
        {
            JmlrRun run = JmlrProcess.Run(Split(command), input: null, _folder);
            Assert.True(run.ExitCode == 0, $"./jmlr {command}: exit {run.ExitCode}: {run.Error}");
            string[] printed = [.. run.Output.Split('\n').Select(Masked)];
            Assert.All(shown, line => Assert.True(
                printed.Any(print => line.EndsWith("...", StringComparison.Ordinal) ? print.StartsWith(Masked(line[..^3]), StringComparison.Ordinal) : print == Masked(line)),
                $"./jmlr {command} does not print '{line}' but:\n{run.Output}"));
        }
    }

    [Fact]
    public void The_launcher_is_a_posix_script()
    {
        using Process check = Process.Start("sh", ["-n", Path.Combine(SharedData.Repository, "jmlr")]);
        check.WaitForExit();
        Assert.Equal(0, check.ExitCode);
    }

    /// <summary>The commands with the lines shown below each; a line "..." stands for others.</summary>
    private static List<(string Command, List<string> Shown)> Read()
    {
        List<(string Command, List<string> Shown)> commands = [];
        foreach (string line in File.ReadLines(Path.Combine(SharedData.Repository, "README.md"))
            .SkipWhile(line => !line.StartsWith("<!-- readme-commands", StringComparison.Ordinal)).Skip(2).TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal)))
        {
            if (line.StartsWith(Prompt, StringComparison.Ordinal))
            {
                commands.Add((line[Prompt.Length..], []));
            }
            else if (line != "...")
            {
                commands[^1].Shown.Add(line);
            }
        }

        return commands;
    }

    private static string Masked(string line) => Numbers().Replace(line.Trim(), "#");

    [GeneratedRegex(@"\d[\d,.]*")]
    private static partial Regex Numbers();

    // Words as a shell splits them: white space outside double quotes.
    private static string[] Split(string command) =>
    [
        .. command.Split('"').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    ];
}
