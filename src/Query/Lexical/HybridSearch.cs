using Jmlr.Index.Encoding;
using Jmlr.Index.Search;

namespace Jmlr.Query.Lexical;

/// <summary>A passage found by both ways together.</summary>
/// <param name="Id">Passage id.</param>
/// <param name="Fused">What it is ranked by.</param>
/// <param name="MaxSim">Late-interaction score.</param>
/// <param name="Support">The same by query token.</param>
/// <param name="Lexical">BM25 score.</param>
public readonly record struct HybridHit(string Id, double Fused, float MaxSim, float Support, double Lexical);

/// <summary>What a fused search found.</summary>
/// <param name="Hits">By rank.</param>
/// <param name="BestSupport">Highest support by late interaction among all candidates, whether or not it is among the hits; 0 without any.</param>
public readonly record struct HybridRanking(IReadOnlyList<HybridHit> Hits, float BestSupport);

/// <summary>Candidates of late interaction and of BM25, each with both exact scores, ranked by a fusion of them. Thread-safe.</summary>
public sealed class HybridSearch(ISearcher searcher, LexicalIndex lexical)
{
    private const int LeastCandidates = 200;

    /// <summary>The best <paramref name="top"/>; ties by id.</summary>
    public HybridRanking Search(
        string question, TokenMatrix query, int top, Fusion fusion, SearchPlan plan = SearchPlan.Auto, Func<string, bool>? allow = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(fusion);
        HybridHit[] candidates = Candidates(question, query, Math.Max(LeastCandidates, top), plan, allow, cancellation);
        double[] fused = fusion.Combine(Array.ConvertAll(candidates, hit => (double)hit.MaxSim), Array.ConvertAll(candidates, hit => hit.Lexical));
        return new HybridRanking(
            [.. candidates.Select((hit, i) => hit with { Fused = fused[i] }).OrderByDescending(hit => hit.Fused).ThenBy(hit => hit.Id, StringComparer.Ordinal).Take(top)],
            candidates.Length == 0 ? 0 : candidates.Max(hit => hit.Support));
    }

    /// <summary>The best <paramref name="depth"/> of either list with both scores, not fused.</summary>
    internal HybridHit[] Candidates(string question, TokenMatrix query, int depth, SearchPlan plan, Func<string, bool>? allow, CancellationToken cancellation)
    {
        IReadOnlyList<ScoredPassage> near = searcher.Search(query, new SearchOptions { Top = depth, Plan = plan, Allow = allow }, cancellation);
        HashSet<string> known = [.. near.Select(hit => hit.Id)];
        string[] rescued = [.. lexical.Search(question, depth, allow).Select(hit => hit.Id).Where(id => !known.Contains(id))];
        // What only the words found gets its exact MaxSim too; one that the index does not hold falls out.
        List<ScoredPassage> all = [.. near, .. rescued.Length == 0 ? [] : searcher.Search(query, new SearchOptions { Top = rescued.Length, Among = rescued }, cancellation)];
        double[] words = lexical.ScoresOf(question, all.ConvertAll(hit => hit.Id));
        return [.. all.Select((hit, i) => new HybridHit(hit.Id, 0, hit.Score, hit.Support, words[i]))];
    }
}
