using Jmlr.Ingest.Store;
using Jmlr.Query.Workspaces;

namespace Jmlr.Query.Sessions;

/// <summary>Opens the passage store of a workspace.</summary>
public static class Stores
{
    /// <summary>The last commit, for reading.</summary>
    public static IPassageStore OpenForReading(Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        return PassageStore.OpenForReading(workspace.RequireStore().StorePath);
    }

    /// <summary>The one writer; the workspace is made when it is not there.</summary>
    public static IPassageStore OpenForWriting(Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        Directory.CreateDirectory(workspace.StorePath);
        return PassageStore.OpenForWriting(workspace.StorePath);
    }
}
