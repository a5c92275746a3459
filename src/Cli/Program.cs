using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Jmlr.Cli.Commands;
using Jmlr.Cli.Terminal;

namespace Jmlr.Cli;

static class Program
{
    static async Task<int> Main(string[] arguments)
    {
        RootCommand root = Build();
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            // The first error is the cause; those after it are mostly its consequences.
            Console.Error.WriteLine($"jmlr: {TerminalText.Clean(parsed.Errors[0].Message).ReplaceLineEndings(" ")}");
            Console.Error.WriteLine($"see 'jmlr {string.Concat(Path(parsed.CommandResult))}--help'");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
        }
        catch (Exception error)
        {
            return ErrorReporter.Report(error);
        }
    }

    internal static RootCommand Build()
    {
        var root = new RootCommand("Medical retrieval and generation: ingest guidelines, build a compressed ColBERT index, ask questions, get cited answers. Offline.");
        CommonOptions.AddTo(root);
        root.Subcommands.Add(DemoCommand.Create());
        root.Subcommands.Add(IngestCommand.Create());
        root.Subcommands.Add(SourcesCommand.Create());
        root.Subcommands.Add(ShowCommand.Create());
        root.Subcommands.Add(IndexCommand.Create());
        root.Subcommands.Add(SearchCommand.Create());
        root.Subcommands.Add(AskCommand.Create());
        root.Subcommands.Add(TrainCommand.Create());
        root.Subcommands.Add(EvalCommand.Create());
        root.Subcommands.Add(ModelCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((SynchronousCommandLineAction)help.Action!);
        }

        return root;
    }

    private static Stack<string> Path(CommandResult command)
    {
        var names = new Stack<string>();
        for (CommandResult? at = command; at is not null && at.Command is not RootCommand; at = at.Parent as CommandResult)
        {
            names.Push($"{at.Command.Name} ");
        }

        return names;
    }

    /// <summary>The usual help, then the examples of the command.</summary>
    private sealed class HelpWithExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        /// <summary>Who asks for help need not give the arguments.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            if (CommandRunner.Examples.TryGetValue(parseResult.CommandResult.Command, out string[]? examples))
            {
                Console.Out.WriteLine("Examples:");
                foreach (string example in examples)
                {
                    Console.Out.WriteLine($"  {example}");
                }

                Console.Out.WriteLine();
            }

            return code;
        }
    }
}
