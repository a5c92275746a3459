using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Index.Encoding;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Models.Packaging;
using Jmlr.Query.Sessions;
using Jmlr.Training.Projection;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr train</c>: what the model learns from the passages of a workspace.</summary>
static class TrainCommand
{
    private static readonly Option<string> Init = new("--init") { Description = "How the projection starts: pca (principal directions, then a fixed rotation)", HelpName = "pca", DefaultValueFactory = _ => "pca" };
    private static readonly Option<int> Dimension = new("--dimension") { Description = "Dimensions of a token vector", HelpName = "N", DefaultValueFactory = _ => 128 };
    private static readonly Option<double> Power = new("--power") { Description = "Each direction is divided by its variance to this power, 0 (as it is) to 0.5 (all alike)", HelpName = "P", DefaultValueFactory = _ => ProjectionInitialiser.DefaultPower };

    internal static Command Create()
    {
        var command = new Command("train", "Train parts of the model");
        command.Subcommands.Add(new Command("retriever", "Make the retriever's projection from the passages of the workspace")
        {
            Init, Dimension, Power,
        }
        .WithExamples("jmlr ingest corpora && jmlr train retriever --init pca && jmlr index build")
        .Runs(Retriever));
        return command;
    }

    private static int Retriever(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        if (parsed.GetValue(Init) != "pca")
        {
            throw new JmlrUsageException($"--init {parsed.GetValue(Init)}: allowed is pca");
        }

        int dimension = CommonOptions.Bounded(parsed, Dimension, 1, 4096);
        double power = CommonOptions.Bounded(parsed, Power, 0, 0.5);
        ModelFolder model = ModelFolder.Open(CommonOptions.ModelPath(parsed));
        string[] texts;
        using (IPassageStore store = Stores.OpenForReading(CommonOptions.Workspace(parsed)))
        {
            texts = [.. store.Documents.Where(document => document.State == VersionState.InForce).SelectMany(store.ReadPassages).Select((Passage passage) => passage.RetrieverText)];
        }

        using var progress = new ProgressLine(output);
        ProjectionReport report = ProjectionInitialiser.Run(
            model, texts, dimension, power, new EncoderOptions { Threads = parsed.GetValue(CommonOptions.Threads), Precision = EncoderPrecision.Fp32 }, progress, cancellation);
        progress.Dispose();
        if (output.Json)
        {
            JsonOutput.Write(new ProjectionJson(report.Path, report.Passages, report.Sentences, report.Tokens, Math.Round(report.Energy, 4), dimension));
        }
        else
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{report.Path}: {dimension} dimensions hold {report.Energy:0.0%} of {report.Tokens:N0} token vectors ({report.Passages:N0} passages, {report.Sentences:N0} sentences)"));
            output.Note("indexes built with the former projection must be built again: jmlr index build");
        }

        return ExitCode.Done;
    }
}
