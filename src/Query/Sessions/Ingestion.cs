using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Web;
using Jmlr.Models.Packaging;
using Jmlr.Models.Progress;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Query.Workspaces;

namespace Jmlr.Query.Sessions;

/// <summary>Ingests into a workspace, cutting passages to the lengths of a model's retriever. The encoder itself is not needed.</summary>
public static class Ingestion
{
    /// <summary>Reads the paths of <paramref name="request"/> into the store of <paramref name="workspace"/>.</summary>
    public static IngestResult Run(Workspace workspace, string modelPath, IngestRequest request, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(request);
        RetrieverSettings settings = ModelFolder.Open(modelPath).Manifest.Retriever;
        var tokenizer = WordPieceTokenizer.FromFolder(Path.Combine(modelPath, settings.Folder));
        var chunker = new Chunker(tokenizer, ChunkerOptions.For(settings.PassageLength));
        var web = new WebOptions { CacheFolder = workspace.WebPath, AllowPrivate = request.AllowPrivate, MaxBytes = request.MaxFileBytes };
        using IPassageStore store = Stores.OpenForWriting(workspace);
        return new IngestPipeline(store, chunker).Run(request with { Web = web }, progress, cancellation);
    }
}
