using System.Diagnostics;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Evaluation.Beir;

/// <summary>Documents ranked by their best passage, completely: passages are asked for until there are enough documents.</summary>
public sealed class DocumentRanker(ITokenEncoder encoder, ISearcher searcher, BeirPassages passages, SearchPlan plan = SearchPlan.Auto, LexicalIndex? lexical = null, Fusion? fusion = null)
{
    /// <summary>Passages that the timed search asks for, as a person would.</summary>
    public const int TimedTop = 10;

    private const int PassagesOfDocument = 3; // a first guess; too few are asked for again
    private readonly TokenMatrix _query = new(encoder.Dimension);

    /// <summary>The best <paramref name="top"/> documents for a query, and what it took to encode the query and to find its first passages.</summary>
    public (IReadOnlyList<ScoredDocument> Documents, TimeSpan Encoding, TimeSpan Searching) Rank(BeirQuery query, int top, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        long started = Stopwatch.GetTimestamp();
        encoder.EncodeQuery(query.Text, _query);
        TimeSpan encoding = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        Find(query.Text, TimedTop, cancellation);
        TimeSpan searching = Stopwatch.GetElapsedTime(started);

        for (int asked = top * PassagesOfDocument; ; asked = checked(asked * 2))
        {
            IReadOnlyList<ScoredDocument> found = Find(query.Text, asked, cancellation);
            var best = new List<ScoredDocument>(top + 1);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (ScoredDocument hit in found)
            {
                BeirDocument document = passages.DocumentOf(hit.Id);
                if (!IsItself(document, query) && seen.Add(document.Id))
                {
                    best.Add(new ScoredDocument(document.Id, hit.Score));
                }
            }

            // Documents of one score at the edge: the order of their ids decides, so all of them must be known.
            if (found.Count < asked || (best.Count > top && best[top].Score < best[top - 1].Score))
            {
                HashSet<string> kept = [.. RankingOrder.Sort(best).Take(top)];
                return ([.. best.Where(document => kept.Contains(document.Id))], encoding, searching);
            }
        }
    }

    /// <summary>Passages with what they are ranked by. A hybrid plan knows two lists of candidates, so it may give fewer than are asked for although there are more.</summary>
    private IReadOnlyList<ScoredDocument> Find(string question, int top, CancellationToken cancellation) => lexical is null || fusion is null
        ? [.. searcher.Search(_query, new SearchOptions { Top = top, Plan = plan }, cancellation).Select(static hit => new ScoredDocument(hit.Id, hit.Score))]
        : [.. new HybridSearch(searcher, lexical).Search(question, _query, top, fusion, plan, null, cancellation).Hits.Select(static hit => new ScoredDocument(hit.Id, hit.Fused))];

    /// <summary>Some collections ask with their own documents (ArguAna); BEIR leaves those out of the ranking.</summary>
    private static bool IsItself(BeirDocument document, BeirQuery query) => document.Id == query.Id && document.Text.Trim() == query.Text.Trim();
}
