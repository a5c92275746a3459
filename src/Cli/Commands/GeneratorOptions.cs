using System.CommandLine;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Commands;

/// <summary>Options that put a generator of the user's own in the place of the model folder's.</summary>
static class GeneratorOptions
{
    private static readonly Option<string?> Weights = new("--generator") { Description = "Generator to use instead of the model folder's: a GGUF file, or a Hugging Face folder with its tokenizer", HelpName = "MODEL" };
    private static readonly Option<string?> Adapter = new("--adapter") { Description = "Folder of a LoRA adapter for --generator (LongLoRA's trainable_params.bin is taken along)", HelpName = "DIR" };
    private static readonly Option<double?> Rope = new("--rope-factor") { Description = "Linear RoPE factor for --generator, whatever the model says", HelpName = "F" };
    private static readonly Option<int> Context = new("--context") { Description = "Prompt and answer together for --generator, in tokens (default: the model's own, at most 4096)", HelpName = "TOKENS" };

    internal static Command WithGenerator(this Command command)
    {
        foreach (Option option in (Option[])[Weights, Adapter, Rope, Context])
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <summary>What was chosen, or null for the model folder's generator.</summary>
    internal static GeneratorChoice? Read(ParseResult parsed)
    {
        int context = CommonOptions.Bounded(parsed, Context, 0, 1 << 24);
        string? adapter = parsed.GetValue(Adapter);
        double? rope = parsed.GetValue(Rope);
        if (parsed.GetValue(Weights) is string weights)
        {
            return new GeneratorChoice(weights, adapter, rope, context);
        }

        return adapter is null && rope is null && context == 0
            ? null
            : throw new JmlrUsageException("--adapter, --rope-factor and --context go with --generator: the generator of the model folder has its own");
    }
}
