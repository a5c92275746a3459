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
    private (PassageFilter Filter, AdmittedPassages Admitted, Func<string, bool> Allow)? _last;

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
        IReadOnlyList<ScoredPassage> found = searcher.Search(_query, new SearchOptions { Top = options.Top, Allow = allow }, cancellation);
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

        return new RetrievalResult(question, "exact", passages, encoding, searching) { AdmittedDocuments = admitted.Documents };
    }

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
