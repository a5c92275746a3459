using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Search;

public sealed class PlaidSearchTests
{
    private static readonly string[] Questions = ["acute asthma steroid dose child", "stroke", "renal dose of vancomycin", "sepsis fluid bolus glucose insulin", string.Join(' ', Enumerable.Range(0, 6).Select(i => IndexFixture.Text(i * 5)))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void With_every_centroid_and_every_passage_it_is_the_exact_plan(int threads)
    {
        using IndexFixture fixture = Built(600);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: threads);
        Assert.True(snapshot.Segments.Count > 1 && snapshot.Codecs[0].Count >= 64);
        foreach (string text in Questions)
        {
            TokenMatrix query = fixture.Query(text);
            Assert.Equal(Search(snapshot, query, SearchPlan.Exact, 20), Search(snapshot, query, SearchPlan.Plaid, 20, probes: 1 << 16, candidates: 10_000));
        }
    }

    [Theory]
    [InlineData(200)]
    [InlineData(0)] // by size: of each passage only the tokens that can matter are scored in integers, and the stop rule ends it
    public void Few_probes_find_nearly_all_of_the_best_with_their_exact_scores(int candidates)
    {
        using IndexFixture fixture = Built(1500);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        double recall = 0;
        int count = 0;
        for (int q = 0; q < 40; q++, count++)
        {
            TokenMatrix query = fixture.Query(string.Join(' ', IndexFixture.Text(q, salt: 99).Split(' ').Take(12)));
            Dictionary<string, float> exact = Search(snapshot, query, SearchPlan.Exact, 10).ToDictionary(hit => hit.Id, hit => hit.Score);
            IReadOnlyList<ScoredPassage> found = Search(snapshot, query, SearchPlan.Plaid, 10, probes: 4, candidates);
            Assert.Equal(10, found.Count);
            Assert.All(found, hit => Assert.True(!exact.TryGetValue(hit.Id, out float score) || score == hit.Score));
            recall += found.Count(hit => exact.ContainsKey(hit.Id)) / 10.0;
        }

        Assert.InRange(recall / count, 0.95, 1);
    }

    [Fact]
    public void Under_a_filter_the_list_is_complete()
    {
        using IndexFixture fixture = Built(600);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        foreach (int each in new[] { 2, 7, 97, 599 })
        {
            Func<string, bool> allow = id => IndexFixture.Number(id) % each == 0;
            int admitted = Enumerable.Range(0, 600).Count(i => i % each == 0 && i is not (30 or 31));
            foreach (string text in Questions)
            {
                TokenMatrix query = fixture.Query(text);
                IReadOnlyList<ScoredPassage> found = Search(snapshot, query, SearchPlan.Plaid, 25, probes: 2, candidates: 50, allow);
                Assert.Equal(Math.Min(25, admitted), found.Count);
                Assert.All(found, hit => Assert.True(allow(hit.Id)));
            }

            // The next search without a filter is none the worse.
            Assert.Equal(25, Search(snapshot, fixture.Query("stroke"), SearchPlan.Plaid, 25).Count);
        }
    }

    [Fact]
    public void A_list_longer_than_the_usual_number_of_estimates_is_complete()
    {
        const int wanted = 5500;
        Assert.InRange(PlaidDefaults.EstimatedOf(6000), 1, wanted - 1);
        using IndexFixture fixture = Built(6000);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        Assert.Equal(wanted, Search(snapshot, fixture.Query("sepsis fluid bolus glucose insulin"), SearchPlan.Plaid, wanted, probes: 1 << 16).Count);
    }

    [Fact]
    public void Small_indexes_and_given_ids_are_searched_exactly()
    {
        using IndexFixture fixture = Built(100);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        Assert.Equal(SearchPlan.Exact, snapshot.Searcher.PlanOf(new SearchOptions()));
        Assert.Equal(SearchPlan.Exact, snapshot.Searcher.PlanOf(new SearchOptions { Plan = SearchPlan.Plaid, Among = [IndexFixture.Id(1)] }));
        Assert.Equal(SearchPlan.Plaid, snapshot.Searcher.PlanOf(new SearchOptions { Plan = SearchPlan.Plaid }));
        Assert.Throws<JmlrUsageException>(() => Search(snapshot, fixture.Query("stroke"), SearchPlan.Plaid, 5, probes: -1));
    }

    [Fact]
    public void Searches_in_parallel_agree()
    {
        using IndexFixture fixture = Built(600);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        TokenMatrix query = fixture.Query(Questions[0]);
        IReadOnlyList<ScoredPassage> expected = Search(snapshot, query, SearchPlan.Plaid, 10);
        Parallel.For(0, 12, _ => Assert.Equal(expected, Search(snapshot, query, SearchPlan.Plaid, 10)));
    }

    private static IndexFixture Built(int passages)
    {
        var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Threads = 2, SegmentTokens = 6000 }).Build(IndexFixture.Passages(passages), cancellation: TestContext.Current.CancellationToken);
        fixture.Builder().Apply(new ListedPassages([]), [IndexFixture.Id(30), IndexFixture.Id(31)], cancellation: TestContext.Current.CancellationToken);
        return fixture;
    }

    private static IReadOnlyList<ScoredPassage> Search(
        IndexSnapshot snapshot, TokenMatrix query, SearchPlan plan, int top, int probes = 0, int candidates = 0, Func<string, bool>? allow = null) =>
        snapshot.Searcher.Search(query, new SearchOptions { Top = top, Plan = plan, Probes = probes, Candidates = candidates, Allow = allow }, TestContext.Current.CancellationToken);
}
