using System.CommandLine;
using Jmlr.Cli.Terminal;

namespace Jmlr.Cli.Commands;

/// <summary>What every verb gets: its parsed arguments, the terminal, cancellation. Turns exceptions into exit codes.</summary>
static class CommandRunner
{
    /// <summary>Sets the action of a command.</summary>
    internal static Command Runs(this Command command, Func<ParseResult, TerminalOutput, CancellationToken, int> action)
    {
        // On another thread: the library listens to Ctrl-C only once the action has returned its task.
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var output = new TerminalOutput(parsed.GetValue(CommonOptions.Json), parsed.GetValue(CommonOptions.Quiet));
            try
            {
                CommonOptions.Apply(parsed);
                return action(parsed, output, cancellation);
            }
            catch (Exception error)
            {
                return ErrorReporter.Report(error);
            }
        }, CancellationToken.None));
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
