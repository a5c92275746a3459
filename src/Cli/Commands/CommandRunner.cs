using System.CommandLine;
using Jmlr.Cli.Terminal;

namespace Jmlr.Cli.Commands;

/// <summary>What every verb gets: its parsed arguments, the terminal, cancellation. Turns exceptions into exit codes.</summary>
static class CommandRunner
{
    /// <summary>Sets the action of a command.</summary>
    internal static Command Runs(this Command command, Func<ParseResult, TerminalOutput, CancellationToken, int> action)
    {
        command.SetAction((parsed, cancellation) =>
        {
            var output = new TerminalOutput(parsed.GetValue(CommonOptions.Json), parsed.GetValue(CommonOptions.Quiet));
            try
            {
                CommonOptions.Apply(parsed);
                return Task.FromResult(action(parsed, output, cancellation));
            }
            catch (Exception error)
            {
                return Task.FromResult(ErrorReporter.Report(error));
            }
        });
        return command;
    }

    /// <summary>Adds examples to the end of the command's help.</summary>
    internal static Command WithExamples(this Command command, params string[] examples)
    {
        Examples[command] = examples;
        return command;
    }

    internal static Dictionary<Command, string[]> Examples { get; } = [];
}
