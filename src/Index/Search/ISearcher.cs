using Jmlr.Index.Encoding;

namespace Jmlr.Index.Search;

/// <summary>How candidates are found.</summary>
public enum SearchPlan
{
    /// <summary>The engine decides.</summary>
    Auto,
    /// <summary>Every live token is scored: equal to brute force over the compressed vectors.</summary>
    Exact,
    /// <summary>Only passages near the centroids next to the query's tokens are scored (PLAID): much less work on large indexes, and now and then one of the best is missed.</summary>
    Plaid,
}

/// <summary>What to return.</summary>
public sealed record SearchOptions
{
    /// <summary>Number of passages wanted, at least 1.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Plan. <see cref="SearchPlan.Auto"/> is exact up to 1.5 million tokens that may be found, and where candidates are fewer than wanted.</summary>
    public SearchPlan Plan { get; init; } = SearchPlan.Auto;

    /// <summary>Centroids looked at for each query token by the PLAID plan; 0 takes what the index was calibrated to, or else goes by its size (<see cref="PlaidDefaults.ProbesOf"/>).</summary>
    public int Probes { get; init; }

    /// <summary>Passages that the PLAID plan scores fully; 0 goes by the size of the index (<see cref="PlaidDefaults.CandidatesOf"/>).</summary>
    public int Candidates { get; init; }

    /// <summary>
    /// Passages (by id) that may be returned; null allows all. Applied before scoring, so the top-k is complete. A function must not change its mind: its
    /// answers are kept for the next search that gives the same object.
    /// </summary>
    public Func<string, bool>? Allow { get; init; }

    /// <summary>Only these passages (by id) are scored, instead of those that <see cref="Allow"/> lets pass; ids that the index does not hold are passed over.</summary>
    public IReadOnlyCollection<string>? Among { get; init; }
}

/// <summary>Settings of the PLAID plan. What they find of the exact ten best, on several collections: <c>docs/search.md</c>.</summary>
public static class PlaidDefaults
{
    private const int FewProbes = 8;
    private const int ManyProbes = 24;
    private const int PassagesOfManyProbes = 50_000;
    private const int LeastEstimated = 5120;
    private const int PassagesOfEstimated = 64;
    private const int LeastCandidates = 512;
    private const int MostCandidates = 4096;
    private const int PassagesOfCandidate = 64;

    /// <summary>Centroids for each query token in an index of so many passages that was not calibrated.</summary>
    public static int ProbesOf(int passages) => passages < PassagesOfManyProbes ? FewProbes : ManyProbes;

    /// <summary>Passages scored fully in an index of so many passages: the more there are, the more lie close together.</summary>
    public static int CandidatesOf(int passages) => Math.Clamp(passages / PassagesOfCandidate, LeastCandidates, MostCandidates);

    /// <summary>Passages in an index of so many of which every token's centroid is looked at; the others are ruled out by the lists of the centroids near the query.</summary>
    public static int EstimatedOf(int passages) => Math.Max(LeastEstimated, passages / PassagesOfEstimated);

    /// <summary>Tokens up to which everything is scored.</summary>
    public const long ExactTokens = 1_500_000;
}

/// <summary>A passage with its MaxSim score (sum over query tokens of the best cosine).</summary>
/// <param name="Id">Passage id, <c>key@version#ordinal</c>.</param>
/// <param name="Score">MaxSim score.</param>
/// <param name="Support">Score divided by the number of query tokens: at most 1.</param>
public readonly record struct ScoredPassage(string Id, float Score, float Support);

/// <summary>Search over one snapshot of an index. Thread-safe.</summary>
public interface ISearcher
{
    /// <summary>Best passages, ordered by score, ties by id (ordinal).</summary>
    IReadOnlyList<ScoredPassage> Search(TokenMatrix query, SearchOptions options, CancellationToken cancellation = default);

    /// <summary>The plan that a search with these options follows.</summary>
    SearchPlan PlanOf(SearchOptions options) => SearchPlan.Exact;
}
