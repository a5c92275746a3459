using Jmlr.Index.Encoding;

namespace Jmlr.Index.Search;

/// <summary>How candidates are found.</summary>
public enum SearchPlan
{
    /// <summary>The engine decides.</summary>
    Auto,
    /// <summary>Every live token is scored: equal to brute force over the compressed vectors.</summary>
    Exact,
}

/// <summary>What to return.</summary>
public sealed record SearchOptions
{
    /// <summary>Number of passages wanted, at least 1.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Plan.</summary>
    public SearchPlan Plan { get; init; } = SearchPlan.Auto;

    /// <summary>
    /// Passages (by id) that may be returned; null allows all. Applied before scoring, so the top-k is complete. A function must not change its mind: its
    /// answers are kept for the next search that gives the same object.
    /// </summary>
    public Func<string, bool>? Allow { get; init; }
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
}
