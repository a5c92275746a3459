using System.Diagnostics;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;

namespace Jmlr.Query.Retrieval;

/// <summary>Question to ranked passages: encodes, searches one index snapshot, reads the passages from the store. Not thread-safe.</summary>
public sealed class PassageRetriever(ITokenEncoder encoder, ISearcher searcher, IPassageStore store)
{
    private readonly TokenMatrix _query = new(encoder.Dimension);
    private HashSet<string>? _questionStems;

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

        long started = Stopwatch.GetTimestamp();
        encoder.EncodeQuery(question, _query);
        TimeSpan encoding = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        IReadOnlyList<ScoredPassage> found = searcher.Search(_query, new SearchOptions { Top = options.Top, Allow = Filter(options) }, cancellation);
        TimeSpan searching = Stopwatch.GetElapsedTime(started);

        var passages = new List<RetrievedPassage>(found.Count);
        foreach (ScoredPassage hit in found)
        {
            // The index is a snapshot of the store as it was when the index was built: what has gone since is told, not served.
            PassageId id = PassageId.Parse(hit.Id);
            if (store.ReadPassage(id) is not Passage passage || store.Find(id.Key, id.Version) is not DocumentRecord document)
            {
                Throw.PassageGone(hit.Id);
                continue;
            }

            passages.Add(new RetrievedPassage(passages.Count + 1, hit.Score, hit.Support, passage, document));
        }

        return new RetrievalResult(question, "exact", passages, encoding, searching);
    }

    private Func<string, bool>? Filter(RetrievalOptions options)
    {
        HashSet<string> excluded = options.EvidenceOnly ? [.. QuestionStems] : [];
        if (options.ExcludeQuestion is string question)
        {
            excluded.UnionWith(store.Documents.Where(document => document.QuestionId == question).Select(document => document.Key.ToString()));
        }

        if (excluded.Count == 0 && options.Sources.Count == 0)
        {
            return null;
        }

        return id =>
        {
            string key = id[..id.IndexOf('@', StringComparison.Ordinal)];
            return !excluded.Contains(key)
                && (options.Sources.Count == 0 || options.Sources.Contains(key[..key.IndexOf(':', StringComparison.Ordinal)], StringComparer.Ordinal));
        };
    }

    /// <summary>Keys of documents that are the stem of a question; read once, since a store does not change under its reader.</summary>
    private HashSet<string> QuestionStems => _questionStems ??=
    [
        .. store.Documents.Where(document => document.QuestionId is not null && store.ReadPassages(document).Any(passage => passage.Kind == ContentKind.Question))
            .Select(document => document.Key.ToString()),
    ];
}
