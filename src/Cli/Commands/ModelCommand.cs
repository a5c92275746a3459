using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Export;
using Jmlr.Llm.Memory;
using Jmlr.Models.Files;
using Jmlr.Models.Packaging;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr model</c>: what a model holds and needs, and writing it in other forms.</summary>
static class ModelCommand
{
    private static readonly Argument<string?> Weights = new("weights") { Description = "A GGUF file or a Hugging Face folder to look into instead of the model folder", HelpName = "MODEL", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int> Context = new("--context") { Description = "Context length for which memory is counted (default: what would be used)", HelpName = "TOKENS" };
    private static readonly Option<bool> Shapes = new("--shapes") { Description = "List every tensor of the generator with its type and shape" };

    internal static Command Create()
    {
        var command = new Command("model", "Look into models and write them in other forms");
        command.Subcommands.Add(new Command("inspect", "List parts, shapes, types, licences and hashes, check them, and count the memory needed") { Weights, Context, Shapes }
            .WithExamples("jmlr model inspect", "jmlr model inspect --model models/jmlr-mini --json", "jmlr model inspect llama-2-13b.q4_0.gguf --context 32768")
            .Runs(Inspect));
        ModelExportCommands.AddTo(command);
        return command;
    }

    private static int Inspect(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        int context = CommonOptions.Bounded(parsed, Context, 0, 1 << 24);
        if (parsed.GetValue(Weights) is string weights)
        {
            var inspection = ModelInspection.Of(weights, context);
            WeightFileJson[] files =
            [
                .. inspection.Stored.Select(tensor => tensor.File).Distinct().Order(StringComparer.Ordinal)
                    .Select(file => new WeightFileJson(file, new FileInfo(file).Length, ContentHash.OfFile(file, cancellation))),
            ];
            if (output.Json)
            {
                JsonOutput.Write(GeneratorJson.From(weights, files, inspection, parsed.GetValue(Shapes)));
            }
            else
            {
                Print(output, weights, inspection, parsed.GetValue(Shapes));
                output.Table(["file", "bytes", "sha-256"], files.Select(file => (IReadOnlyList<string>)[Path.GetFileName(file.Path), Number(file.Bytes), file.Sha256]));
            }

            return ExitCode.Done;
        }

        ModelFolder model = ModelFolder.Open(CommonOptions.ModelPath(parsed));
        string[] roles = [.. model.Manifest.Parts.Select(part => part.Role).Distinct()];
        model.Verify(roles, cancellation);
        GeneratorSettings? settings = model.Manifest.Generator;
        string path = settings is null ? "" : Path.Combine(model.Path, settings.Weights);
        ModelInspection? generator = settings is null ? null
            : ModelInspection.Of(path, context == 0 ? settings.ContextLength : context, settings.Adapter is null ? null : Path.Combine(model.Path, settings.Adapter));
        if (output.Json)
        {
            IEnumerable<WeightFileJson> files = model.Manifest.Parts.Where(part => part.Role == "generator").Select(part => new WeightFileJson(Path.Combine(model.Path, part.Path), part.Bytes, part.Sha256));
            JsonOutput.Write(ModelJson.From(model, generator is null ? null : GeneratorJson.From(path, [.. files], generator, parsed.GetValue(Shapes))));
            return ExitCode.Done;
        }

        ModelManifest manifest = model.Manifest;
        output.Heading($"{manifest.Name}  {manifest.Description}");
        output.Line($"  prompt {manifest.Prompt}, query length {manifest.Retriever.QueryLength}, passage length {manifest.Retriever.PassageLength}, context {manifest.Generator?.ContextLength ?? 0}");
        output.Table(
            ["part", "role", "bytes", "licence", "sha-256", "source"],
            manifest.Parts.Select(part => (IReadOnlyList<string>)[
                part.Path, part.Role, part.Bytes.ToString("N0", CultureInfo.InvariantCulture), part.Licence, part.Sha256[..12], part.Source ?? ""]));
        output.Line("all parts match their hashes");
        if (generator is not null)
        {
            Print(output, settings!.Weights, generator, parsed.GetValue(Shapes));
        }

        return ExitCode.Done;
    }

    private static void Print(TerminalOutput output, string path, ModelInspection model, bool shapes)
    {
        LlamaConfiguration c = model.Configuration;
        MemoryPlan plan = model.Memory;
        output.Heading($"{path}  Llama, {Number(model.Parameters)} weights");
        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"  {c.LayerCount} layers, {c.HiddenSize} wide, feed-forward {c.FeedForwardSize}, {c.HeadCount} heads of {c.HeadSize} ({c.KeyValueHeadCount} for keys and values), vocabulary {c.VocabularySize}{(c.TiedEmbedding ? " (tied)" : "")}"));
        output.Line(string.Create(
            CultureInfo.InvariantCulture, $"  trained for {c.ContextLength} tokens, RoPE theta {c.RopeTheta}, linear factor {c.RopeLinearFactor}, licence {model.Licence ?? "not stated"}"));
        output.Table(
            ["type", "tensors", "weights", "bytes"],
            model.Tensors.Select(tensor => (IReadOnlyList<string>)[tensor.Type.ToString(), Number(tensor.Count), Number(tensor.Elements), Number(tensor.Bytes)]));
        if (shapes)
        {
            output.Table(["tensor", "type", "shape"], model.Stored.Select(tensor => (IReadOnlyList<string>)[tensor.Name, tensor.Type.ToString(), string.Join(" x ", tensor.Shape)]));
        }

        output.Line($"  memory for a context of {plan.ContextLength} tokens: {Megabytes(plan.Needed)} = weights {Megabytes(plan.Weights)} + keys and values {Megabytes(plan.KeyValues)} ({plan.Format switch { KeyValueFormat.Half => "fp16", KeyValueFormat.Q4 => "4-bit", _ => "8-bit" }}; 8-bit: {Megabytes(model.MemoryWithSmallCache.KeyValues)}) + scratch {Megabytes(plan.Scratch)}");
        output.Line(model.Fits
            ? $"  it fits: {Megabytes(model.AvailableMemory)} are free"
            : $"  it does not fit: {Megabytes(model.AvailableMemory)} are free, enough for a context of {plan.LongestContext(model.AvailableMemory)} tokens");
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N0} MB");
}
