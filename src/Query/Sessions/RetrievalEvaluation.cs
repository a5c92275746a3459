using System.Diagnostics;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Packaging;
using Jmlr.Models.Progress;
using Jmlr.Query.Evaluation;
using Jmlr.Query.Evaluation.Beir;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Sessions;

/// <summary>What to evaluate, and where its index lies.</summary>
public sealed record RetrievalEvaluationOptions
{
    /// <summary>Documents ranked for each query.</summary>
    public int Top { get; init; } = 100;

    /// <summary>Bits of a residual value.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>How late interaction finds its candidates.</summary>
    public SearchPlan Plan { get; init; } = SearchPlan.Auto;

    /// <summary>Fuse with BM25; null ranks by late interaction alone.</summary>
    public Fusion? Fusion { get; init; }

    /// <summary>Folder that keeps embeddings and index for the next evaluation; null for a temporary one.</summary>
    public string? Keep { get; init; }
}

/// <summary>Encodes a collection, builds an index of it as <c>index build</c> would, and asks all its queries.</summary>
public static class RetrievalEvaluation
{
    private const string StampFile = "collection", EmbeddingFolder = "embeddings", IndexFolder = "index";

    /// <summary>Runs the evaluation. Stages reported: "cut", those of the build, "search".</summary>
    public static RetrievalReport Run(
        BeirSet collection, string modelPath, SessionOptions session, RetrievalEvaluationOptions options, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(collection);
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Keep is string kept)
        {
            DemandOwn(kept);
        }

        string folder = options.Keep ?? Directory.CreateTempSubdirectory("jmlr-eval-").FullName;
        try
        {
            ModelFolder model = ModelFolder.Open(modelPath);
            double seconds;
            BeirPassages passages;
            string chunkerHash;
            using (ColbertEncoder encoder = QuerySession.OpenEncoder(model, session with { Precision = EncoderPrecision.Fastest }))
            {
                var chunker = new Chunker(encoder.Tokenizer, ChunkerOptions.For(encoder.PassageLength));
                chunkerHash = chunker.Hash;
                passages = new BeirPassages(collection, chunker, progress, cancellation);
                seconds = Build(folder, encoder, passages, chunkerHash, session, options, progress, cancellation);
            }

            using ColbertEncoder queries = QuerySession.OpenEncoder(model, session);
            using IndexSnapshot index = IndexSnapshot.Open(IndexPath(folder), IndexIdentity.Of(queries, chunkerHash), session.Threads);
            return Search(collection, passages, queries, index, options, seconds, progress, cancellation);
        }
        finally
        {
            if (options.Keep is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Where a kept folder has its index.</summary>
    internal static string IndexPath(string folder) => Path.Combine(folder, IndexFolder);

    /// <summary>A folder of other things is refused: a workspace has an index under the same name, which would be lost.</summary>
    private static void DemandOwn(string folder)
    {
        string? other = Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).FirstOrDefault(name => name is not (StampFile or EmbeddingFolder or IndexFolder)) : null;
        if (other is not null)
        {
            Throw.NotOurs(folder, other);
        }
    }

    /// <summary>Builds the index unless the folder holds the very same; returns the seconds it took.</summary>
    private static double Build(
        string folder, ColbertEncoder encoder, BeirPassages passages, string chunkerHash, SessionOptions session, RetrievalEvaluationOptions options,
        IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string stamp = $"{passages.Hash} {encoder.Hash} {options.Bits}\n", stampPath = Path.Combine(folder, StampFile);
        if (File.Exists(stampPath) && File.ReadAllText(stampPath) == stamp)
        {
            return 0;
        }

        if (passages.Ids.Count == 0)
        {
            throw new JmlrOperationException("the collection has no text to index");
        }

        long started = Stopwatch.GetTimestamp();
        File.Delete(stampPath);
        using (IEmbeddingCache cache = EmbeddingCache.Open(Path.Combine(folder, EmbeddingFolder)))
        {
            new IndexBuilder(IndexPath(folder), encoder, cache, chunkerHash, new IndexSettings { Bits = options.Bits, Threads = session.Threads }).Build(passages, progress, cancellation);
        }

        DurableFile.Write(stampPath, System.Text.Encoding.UTF8.GetBytes(stamp));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static RetrievalReport Search(
        BeirSet collection, BeirPassages passages, ColbertEncoder encoder, IndexSnapshot index, RetrievalEvaluationOptions options, double seconds,
        IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        LexicalIndex? lexical = options.Fusion is null ? null : new LexicalIndex(passages.Ids, passages.ReadText, cancellation);
        var ranker = new DocumentRanker(encoder, index.Searcher, passages, options.Plan, lexical, options.Fusion);
        var run = new RankingRun();
        var times = new List<(double Encode, double Search)>();
        ranker.Rank(collection.Queries[0], options.Top, cancellation); // the first search of a process is not like the others
        foreach (BeirQuery query in collection.Queries)
        {
            cancellation.ThrowIfCancellationRequested();
            (IReadOnlyList<ScoredDocument> documents, TimeSpan encoding, TimeSpan searching) = ranker.Rank(query, options.Top, cancellation);
            run.Set(query.Id, documents);
            times.Add((encoding.TotalMilliseconds, searching.TotalMilliseconds));
            progress?.Report(new ProgressReport("search", times.Count, collection.Queries.Count, "queries"));
        }

        IndexStatus status = IndexStatus.Read(index.Folder);
        return new RetrievalReport
        {
            Collection = collection.Name,
            Split = collection.Split,
            Plan = options.Fusion is not null ? "hybrid" : index.Searcher.PlanOf(new SearchOptions { Plan = options.Plan }) == SearchPlan.Plaid ? "plaid" : "exact",
            Documents = collection.Documents.Count,
            Passages = status.LivePassages,
            Tokens = status.LiveTokens,
            Bits = status.Bits,
            IndexBytes = status.Bytes,
            BytesPerToken = status.BytesPerToken,
            BuildSeconds = seconds,
            Run = run,
            Queries = run.Measure(collection.Judgements),
            EncodeMilliseconds = [.. times.Select(time => time.Encode).Order()],
            SearchMilliseconds = [.. times.Select(time => time.Search).Order()],
            TotalMilliseconds = [.. times.Select(time => time.Encode + time.Search).Order()],
        };
    }
}
