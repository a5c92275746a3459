using System.Diagnostics;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Tokenizers;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Retrieval;

/// <summary>Question to ranked passages: encodes, searches one index snapshot, reads the passages from the store. Not thread-safe.</summary>
/// <param name="encoder">Encoder of the questions.</param>
/// <param name="searcher">Search over the snapshot.</param>
/// <param name="store">Store of the passages.</param>
/// <param name="snapshot">The snapshot itself, which explanations read; null where none are wanted.</param>
/// <param name="lexicalPath">File that keeps the words of the store's passages for the next process; null keeps none.</param>
public sealed class PassageRetriever(ITokenEncoder encoder, ISearcher searcher, IPassageStore store, IndexSnapshot? snapshot = null, string? lexicalPath = null)
{
    private const long MoreFactor = 4;
    private readonly TokenMatrix _query = new(encoder.Dimension);
    private readonly Lazy<LexicalIndex> _lexical = new(() => lexicalPath is null ? LexicalFile.Count(store) : LexicalFile.Open(lexicalPath, store));
    private (PassageFilter Filter, AdmittedPassages Admitted, Func<string, bool> Allow)? _last;

    private readonly record struct Selection(IReadOnlyList<SelectedHit> Hits, float BestSupport);

    /// <summary>Token vectors of the last question: [tokens, dimension].</summary>
    public TokenMatrix LastQuery => _query;

    /// <summary>Finds passages for <paramref name="question"/>.</summary>
    public RetrievalResult Retrieve(string question, RetrievalOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(question))
        {
            Throw.EmptyQuestion();
        }

        (PassageFilter _, AdmittedPassages admitted, Func<string, bool> allow) = Admit(options.Filter);
        long started = Stopwatch.GetTimestamp();
        encoder.EncodeQuery(question, _query);
        TimeSpan encoding = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        Selection found = Select(question, _query, options, allow, cancellation);
        TimeSpan searching = Stopwatch.GetElapsedTime(started);
        return Result(question, _query, options, admitted, found, PlanOf(options, allow), encoding, searching);
    }

    /// <summary>Finds passages for many questions, encoding one after the other and searching for all at once. The times are of the whole, by question.</summary>
    public IReadOnlyList<RetrievalResult> RetrieveAll(IReadOnlyList<string> questions, RetrievalOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(options);
        (PassageFilter _, AdmittedPassages admitted, Func<string, bool> allow) = Admit(options.Filter);
        long started = Stopwatch.GetTimestamp();
        TokenMatrix[] queries = [.. questions.Select(_ => new TokenMatrix(encoder.Dimension))];
        for (int i = 0; i < queries.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (string.IsNullOrWhiteSpace(questions[i]))
            {
                Throw.EmptyQuestion();
            }

            encoder.EncodeQuery(questions[i], queries[i]);
        }

        TimeSpan encoding = Stopwatch.GetElapsedTime(started) / Math.Max(1, queries.Length);
        started = Stopwatch.GetTimestamp();
        var found = new Selection[queries.Length];
        Parallel.For(0, queries.Length, new ParallelOptions { CancellationToken = cancellation }, i => found[i] = Select(questions[i], queries[i], options, allow, cancellation));
        TimeSpan searching = Stopwatch.GetElapsedTime(started) / Math.Max(1, queries.Length);
        string plan = PlanOf(options, allow);
        return [.. found.Select((hits, i) => Result(questions[i], queries[i], options, admitted, hits, plan, encoding, searching))];
    }

    private RetrievalResult Result(
        string question, TokenMatrix query, RetrievalOptions options, AdmittedPassages admitted, Selection found, string plan, TimeSpan encoding, TimeSpan searching)
    {
        var tokens = new List<TokenSpan>();
        encoder.Tokenizer.Encode(question, tokens);
        bool known = encoder.Tokenizer.Decode(tokens.Select(token => token.Id)).Length > 0;
        double SupportOf(float similarity) => known ? EvidenceGate.Support(similarity, tokens.Count) : 0;
        var passages = new List<RetrievedPassage>(found.Hits.Count);
        foreach ((HybridHit hit, IReadOnlyList<PassageId> near) in found.Hits)
        {
            // The index is a snapshot of the store as it was when the index was built: what has gone since is told, not served.
            PassageId id = PassageId.Parse(hit.Id);
            if (store.ReadPassage(id) is not Passage passage || store.Find(id.Key, id.Version) is not DocumentRecord document)
            {
                Throw.PassageGone(hit.Id);
                continue;
            }

            IReadOnlyList<WordMatch>? matches = options.Explain && snapshot is not null ? new Explainer(encoder, snapshot).Explain(question, query, passage) : null;
            passages.Add(new RetrievedPassage(passages.Count + 1, hit.MaxSim, hit.Support, passage, document)
            {
                Support = SupportOf(hit.Support),
                Matches = matches,
                NearDuplicates = near,
                Hybrid = options.Fusion is null ? null : (hit.Lexical, hit.Fused),
            });
        }

        return new RetrievalResult(question, plan, passages, encoding, searching)
        {
            AdmittedDocuments = admitted.Documents,
            Support = passages.Count == 0 ? 0 : SupportOf(found.BestSupport),
            HasKnownWords = known,
        };
    }

    /// <summary>The best that may stand in the list: more are asked for until there are enough, or no more.</summary>
    private Selection Select(string question, TokenMatrix query, RetrievalOptions options, Func<string, bool> allow, CancellationToken cancellation)
    {
        // Near-duplicates are few in most lists, the passages of one document many.
        for (long asked = options.PerDocument > 0 ? MoreFactor * options.Top : options.CollapseDuplicates ? options.Top + Math.Max(8, options.Top / 2) : options.Top; ; asked *= MoreFactor)
        {
            int top = (int)Math.Min(asked, int.MaxValue);
            HybridRanking found = Find(question, query, options with { Top = top }, allow, cancellation);
            IReadOnlyList<SelectedHit> selected = new HitSelection(store, options).Select(found.Hits);
            if (selected.Count == options.Top || found.Hits.Count < top)
            {
                return new Selection(selected, found.BestSupport);
            }
        }
    }

    private HybridRanking Find(string question, TokenMatrix query, RetrievalOptions options, Func<string, bool> allow, CancellationToken cancellation)
    {
        if (options.Fusion is Fusion fusion)
        {
            return new HybridSearch(searcher, _lexical.Value).Search(question, query, options.Top, fusion, options.Plan, allow, cancellation);
        }

        HybridHit[] hits = [.. searcher.Search(query, new SearchOptions { Top = options.Top, Plan = options.Plan, Allow = allow }, cancellation).Select(static hit => new HybridHit(hit.Id, hit.Score, hit.Score, hit.Support, 0))];
        return new HybridRanking(hits, hits.Length == 0 ? 0 : hits[0].Support);
    }

    private string PlanOf(RetrievalOptions options, Func<string, bool> allow) => options.Fusion is not null
        ? "hybrid"
        : searcher.PlanOf(new SearchOptions { Top = options.Top, Plan = options.Plan, Allow = allow }) == SearchPlan.Plaid ? "plaid" : "exact";

    /// <summary>A filter is worked out once for all questions that share it: a store does not change under its reader.</summary>
    private (PassageFilter, AdmittedPassages, Func<string, bool>) Admit(PassageFilter filter)
    {
        if (_last is not { } last || !ReferenceEquals(last.Filter, filter))
        {
            var admitted = new AdmittedPassages(filter, store);
            _last = last = (filter, admitted, admitted.Has);
        }

        return last;
    }
}
