using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Watching;
using Jmlr.Models.Progress;
using Jmlr.Query.Workspaces;

namespace Jmlr.Query.Sessions;

/// <summary>Keeps a folder in step with a workspace. The store is open only while a change is made.</summary>
public static class FolderWatching
{
    /// <summary>Watches the folder of <paramref name="request"/> until cancelled.</summary>
    public static void Run(
        Workspace workspace, string modelPath, IngestRequest request, TimeSpan interval, Action<IngestResult> report, Action<string> note, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(request);
        new FolderWatch(request.Paths.Single(), workspace.WatchPath, request, change => Ingestion.Run(workspace, modelPath, change, progress, cancellation)).Run(interval, report, note, cancellation);
    }
}
