using Jmlr.Index.Encoding;
using Jmlr.Index.Interop;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Models.Packaging;
using Jmlr.Models.Progress;
using Jmlr.Query.Lexical;
using Jmlr.Query.Workspaces;

namespace Jmlr.Query.Sessions;

/// <summary>Builds and updates the index of a workspace from its store.</summary>
public static class Indexing
{
    /// <summary>Builds anew, or (<paramref name="update"/>) brings an existing index to what the store holds now. One commit either way.</summary>
    public static IndexChange Run(
        Workspace workspace, string modelPath, SessionOptions options, IndexSettings settings, bool update, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        return With(workspace, modelPath, options, settings, (builder, source) => update ? builder.Update(source, progress, cancellation) : builder.Build(source, progress, cancellation), progress, cancellation);
    }

    /// <summary>Checks the index, and against the store when that can be read.</summary>
    public static IndexVerification Verify(Workspace workspace, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        IPassageStore? store = null;
        StorePassageSource? source = null;
        try
        {
            store = Stores.OpenForReading(workspace);
            source = new StorePassageSource(store);
        }
        catch (JmlrException)
        {
            source = null; // the store has its own check; the index is looked at for itself
        }

        using (store)
        {
            return IndexVerifier.Verify(workspace.IndexPath, source, progress, cancellation);
        }
    }

    /// <summary>Mends what <see cref="Verify"/> found from the store, and brings the index up to date.</summary>
    public static IndexChange Repair(
        Workspace workspace, string modelPath, SessionOptions options, IReadOnlyList<IndexFault> faults, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        return With(workspace, modelPath, options, new IndexSettings { Threads = options.Threads }, (builder, source) => builder.Repair(source, faults, progress, cancellation), progress, cancellation);
    }

    /// <summary>
    /// Takes over an index of colbert-ai, fast-plaid or next-plaid over passages of the store, without encoding. <paramref name="ids"/> names the passage id of each of its passages, a
    /// line each; without it the folder's <c>pid_docid_map.json</c> does.
    /// </summary>
    public static IndexChange Import(
        Workspace workspace, string modelPath, SessionOptions options, string folder, string? ids, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(options);
        workspace.RequireStore();
        using IPassageStore store = Stores.OpenForReading(workspace);
        LexicalFile.Keep(workspace.LexicalPath, store, progress, cancellation);
        ImportedPassage[] passages = ImportedIds.Read(store, folder, ids);
        using ColbertEncoder encoder = QuerySession.OpenEncoder(ModelFolder.Open(modelPath), options);
        return IndexImport.Run(folder, workspace.IndexPath, IndexIdentity.Of(encoder, store.ChunkerHash ?? ""), passages, progress, cancellation);
    }

    private static IndexChange With(
        Workspace workspace, string modelPath, SessionOptions options, IndexSettings settings, Func<IndexBuilder, StorePassageSource, IndexChange> work, IProgress<ProgressReport>? progress, CancellationToken cancellation)
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

        // Before the index: who stops it later has words of the store as it is, and an index that is up to date never waits for them.
        LexicalFile.Keep(workspace.LexicalPath, store, progress, cancellation);
        using ColbertEncoder encoder = QuerySession.OpenEncoder(ModelFolder.Open(modelPath), options with { Precision = EncoderPrecision.Fastest });
        using IEmbeddingCache cache = EmbeddingCache.Open(workspace.EmbeddingPath);
        return work(new IndexBuilder(workspace.IndexPath, encoder, cache, store.ChunkerHash ?? "", settings), source);
    }

    /// <summary>What changed in the store since the index was built or updated.</summary>
    public static Staleness Compare(Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        using IPassageStore store = Stores.OpenForReading(workspace);
        using IndexSnapshot snapshot = IndexSnapshot.Open(workspace.IndexPath, threads: 1);
        return Staleness.Of(store.Documents, snapshot.PassageIds());
    }
}
