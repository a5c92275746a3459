using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Models.Packaging;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr model</c>: what the model folder holds.</summary>
static class ModelCommand
{
    internal static Command Create()
    {
        var command = new Command("model", "Look into a model folder");
        command.Subcommands.Add(new Command("inspect", "List the parts with sizes, licences and hashes, and check them")
            .WithExamples("jmlr model inspect", "jmlr model inspect --model models/jmlr-mini --json")
            .Runs(Inspect));
        return command;
    }

    private static int Inspect(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        ModelFolder model = ModelFolder.Open(CommonOptions.ModelPath(parsed));
        string[] roles = [.. model.Manifest.Parts.Select(part => part.Role).Distinct()];
        model.Verify(roles, cancellation);
        if (output.Json)
        {
            JsonOutput.Write(ModelJson.From(model));
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
        return ExitCode.Done;
    }
}
