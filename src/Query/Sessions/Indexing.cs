using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Packaging;
using Jmlr.Models.Progress;
using Jmlr.Query.Workspaces;

namespace Jmlr.Query.Sessions;

/// <summary>Builds and updates the index of a workspace from its store.</summary>
public static class Indexing
{
    /// <summary>Builds anew, or (<paramref name="update"/>) brings an existing index to what the store holds now. One commit either way.</summary>
    public static IndexChange Run(
        Workspace workspace, string modelPath, SessionOptions options, IndexSettings settings, bool update, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(options);
        workspace.RequireStore();
        using IPassageStore store = Stores.OpenForReading(workspace);
        var source = new StorePassageSource(store);
        if (source.Ids.Count == 0)
        {
            Throw.NothingToIndex(workspace.Root);
        }

        using ColbertEncoder encoder = QuerySession.OpenEncoder(ModelFolder.Open(modelPath), options with { Precision = EncoderPrecision.Fastest });
        using IEmbeddingCache cache = EmbeddingCache.Open(workspace.EmbeddingPath);
        var builder = new IndexBuilder(workspace.IndexPath, encoder, cache, store.ChunkerHash ?? "", settings);
        return update ? builder.Update(source, progress, cancellation) : builder.Build(source, progress, cancellation);
    }

    /// <summary>Difference between the passages in force and those in the index, by number: 0 says nothing was added or removed on balance.</summary>
    public static int PassagesNotIndexed(Workspace workspace, IndexStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        using IPassageStore store = Stores.OpenForReading(workspace);
        int inForce = store.Documents.Where(document => document.State == VersionState.InForce).Sum(document => document.PassageCount);
        return Math.Abs(inForce - status.LivePassages);
    }
}
