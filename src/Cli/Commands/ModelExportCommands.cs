using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Llm.Export;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr model convert|quantize|merge</c>: Llama models into GGUF files.</summary>
static class ModelExportCommands
{
    private const long LargestText = 16 << 20;

    private static readonly Argument<string> Source = new("source") { Description = "GGUF file, or Hugging Face folder with config.json, weights and tokenizer", HelpName = "MODEL" };
    private static readonly Argument<string> AdapterFolder = new("adapter") { Description = "Folder of a PEFT LoRA adapter (LongLoRA's trainable_params.bin is taken along)", HelpName = "ADAPTER" };
    private static readonly Argument<string> Output = new("output") { Description = "File to write", HelpName = "OUT.gguf" };
    private static readonly Option<string?> Text = new("--text") { Description = "UTF-8 text on which the perplexity before and after is measured", HelpName = "FILE" };
    private static readonly Option<bool> Force = new("--force") { Description = "Overwrite the output" };
    private static readonly Option<double?> Rope = new("--rope-factor") { Description = "Linear RoPE factor to write, whatever the model says", HelpName = "F" };

    internal static void AddTo(Command model)
    {
        Option<string> converted = Type("f16", "f32, f16, bf16, q8_0, q4_0 or q4_1"), quantised = Type("q4_1", "q8_0, q4_0 or q4_1"), merged = Type("f16", "f32, f16, bf16, q8_0, q4_0 or q4_1");
        model.Subcommands.Add(new Command("convert", "Write a Hugging Face model as a GGUF file that llama.cpp reads too") { Source, Output, converted, Text, Rope, Force }
            .WithExamples("jmlr model convert ./Llama-2-7b-hf llama-2-7b.f16.gguf", "jmlr model convert ./SmolLM2-135M-Instruct smollm2.q8_0.gguf --type q8_0 --json")
            .Runs((parsed, output, cancellation) => Run(parsed, output, converted, null, cancellation)));
        model.Subcommands.Add(new Command("quantize", "Write a model with 8-bit or 4-bit weights; the scale of each 4-bit block is searched") { Source, Output, quantised, Text, Rope, Force }
            .WithExamples("jmlr model quantize llama-2-7b.f16.gguf llama-2-7b.q4_0.gguf --type q4_0 --text sample.txt")
            .Runs((parsed, output, cancellation) => Run(parsed, output, quantised, null, cancellation)));
        model.Subcommands.Add(new Command("merge", "Merge a LoRA adapter into a model, in fp32, and write the result") { Source, AdapterFolder, Output, merged, Text, Rope, Force }
            .WithExamples("jmlr model merge ./Llama-2-13b-hf ./JMLR jmlr-13b.q8_0.gguf --type q8_0 --rope-factor 8")
            .Runs((parsed, output, cancellation) => Run(parsed, output, merged, parsed.GetValue(AdapterFolder), cancellation)));
    }

    private static Option<string> Type(string standard, string allowed) =>
        new("--type") { Description = $"Type of most weights: {allowed}", HelpName = "TYPE", DefaultValueFactory = _ => standard };

    private static int Run(ParseResult parsed, TerminalOutput output, Option<string> option, string? adapter, CancellationToken cancellation)
    {
        string path = parsed.GetValue(Output)!;
        if (File.Exists(path) && !parsed.GetValue(Force))
        {
            throw new JmlrUsageException($"'{path}' is there already: name another file, or give --force");
        }

        TensorType type = TypeOf(parsed, option);
        ExportResult result = ModelExport.Run(
            new ExportRequest(parsed.GetValue(Source)!, path, type)
            {
                Adapter = adapter,
                RopeLinearFactor = parsed.GetValue(Rope),
                Text = ReadText(parsed.GetValue(Text)),
                Threads = parsed.GetValue(CommonOptions.Threads),
            },
            cancellation);
        string hash = ContentHash.OfFile(path, cancellation);
        if (output.Json)
        {
            JsonOutput.Write(new ExportJson(path, Name(type), result.Bytes, hash, result.Before, result.After));
            return ExitCode.Done;
        }

        output.Line(string.Create(CultureInfo.InvariantCulture, $"{path}: {Name(type)}, {result.Bytes:N0} bytes, sha-256 {hash}"));
        if (result is { Before: double before, After: double after })
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"perplexity {before:0.000} before, {after:0.000} after ({(after / before) - 1:+0.0%;-0.0%;0.0%})"));
        }

        return ExitCode.Done;
    }

    private static TensorType TypeOf(ParseResult parsed, Option<string> option)
    {
        string name = parsed.GetValue(option)!;
        bool quantise = parsed.CommandResult.Command.Name == "quantize";
        TensorType[] allowed = quantise
            ? [TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_1]
            : [TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_1];
        foreach (TensorType type in allowed)
        {
            if (string.Equals(Name(type), name, StringComparison.OrdinalIgnoreCase))
            {
                return type;
            }
        }

        throw new JmlrUsageException($"--type {name}: allowed are {string.Join(", ", allowed.Select(Name))}");
    }

    private static string? ReadText(string? path)
    {
        if (path is null)
        {
            return null;
        }

        var file = new FileInfo(path);
        return !file.Exists ? throw new JmlrOperationException($"no such file: '{path}'")
            : file.Length > LargestText ? throw new JmlrUsageException($"--text {path}: {file.Length} bytes, at most {LargestText} are taken")
            : File.ReadAllText(path);
    }

    private static string Name(TensorType type) => type.ToString().ToLowerInvariant();
}
