namespace Jmlr.Cli.Tests;

/// <summary>A workspace with a part of the sample corpora ingested and indexed by the program itself; made once for a test class.</summary>
public sealed class SampleWorkspace : IDisposable
{
    internal static readonly string[] Topics = ["hypertension", "anaphylaxis", "community-acquired-pneumonia"];

    /// <summary>Ingests three topics and builds the index.</summary>
    public SampleWorkspace()
    {
        Folder = Directory.CreateTempSubdirectory("jmlr-cli-").FullName;
        Ingest = JmlrProcess.Run(["ingest", .. Topics.Select(topic => System.IO.Path.Combine(SharedData.Repository, "corpora", "guidelines", topic)), "--source", "samples", "-w", Path, "--json"]);
        Build = JmlrProcess.Run("index", "build", "-w", Path, "--json");
    }

    /// <summary>Folder of the test.</summary>
    public string Folder { get; }

    /// <summary>The workspace.</summary>
    public string Path => System.IO.Path.Combine(Folder, "workspace");

    internal JmlrRun Ingest { get; }

    internal JmlrRun Build { get; }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
