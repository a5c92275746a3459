using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Search;

/// <summary>
/// How many centroids a query token must look at in one index: the plan plaid beside the exact plan, over queries drawn from the index's own passages.
/// </summary>
static class ProbeCalibration
{
    private const int Top = 10;

    private const double Wanted = 0.98;
    private const int LeastQueries = 16;
    private const int MostQueries = 64;
    private const long ExactTokens = 800_000_000; // scored by the exact plan in all: half a minute and less

    private static readonly int[] Ladder = [4, 8, 16, 24, 32, 48];

    /// <summary>Queries for an index of so many tokens: as many as the exact plan answers in reasonable time.</summary>
    internal static int QueriesFor(long tokens) => (int)Math.Clamp(ExactTokens / Math.Max(tokens, 1), LeastQueries, MostQueries);

    /// <summary>Measures recall@10 for one number of probes after the other, until it is enough; that number is the one to use, or the last when none is enough.</summary>
    internal static PlaidEntry Measure(IndexSnapshot snapshot, IReadOnlyList<TokenMatrix> queries, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        var exact = new List<HashSet<string>>(queries.Count);
        foreach (TokenMatrix query in queries)
        {
            exact.Add([.. Ids(snapshot, query, new SearchOptions { Top = Top, Plan = SearchPlan.Exact }, cancellation)]);
            progress?.Report(new ProgressReport("calibrate", exact.Count, queries.Count, "queries", exact.Count * snapshot.Tokens, "tokens"));
        }

        var table = new List<ProbeRecall>();
        foreach (int probes in Ladder)
        {
            double found = 0, wanted = 0;
            for (int q = 0; q < queries.Count; q++)
            {
                found += Ids(snapshot, queries[q], new SearchOptions { Top = Top, Plan = SearchPlan.Plaid, Probes = probes }, cancellation).Count(exact[q].Contains);
                wanted += exact[q].Count;
            }

            table.Add(new ProbeRecall(probes, found / wanted));
            if (found >= Wanted * wanted)
            {
                break;
            }
        }

        return new PlaidEntry(table[^1].Probes, queries.Count, snapshot.Tokens, table);
    }

    private static IEnumerable<string> Ids(IndexSnapshot snapshot, TokenMatrix query, SearchOptions options, CancellationToken cancellation) =>
        snapshot.Searcher.Search(query, options, cancellation).Select(hit => hit.Id);
}
