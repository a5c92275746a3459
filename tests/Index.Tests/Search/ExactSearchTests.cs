using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Search;

public sealed class ExactSearchTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 2)]
    [InlineData(8, 1)]
    public void Search_equals_brute_force_over_the_decompressed_vectors(int bits, int threads)
    {
        using var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Bits = bits, Threads = 2, SegmentTokens = 3000 }).Build(IndexFixture.Passages(400), cancellation: TestContext.Current.CancellationToken);
        fixture.Builder().Apply(IndexFixture.Passages(30, first: 390, salt: 7), [IndexFixture.Id(3), IndexFixture.Id(111)], cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, fixture.Identity, threads);
        Assert.True(snapshot.Segments.Count > 2);

        // Queries of 1, 5 and 70 rows: less than one block of 32 rows, and more than two.
        foreach (string text in new[] { "asthma", "acute asthma steroid dose child", string.Join(' ', Enumerable.Range(0, 7).Select(i => IndexFixture.Text(i * 5))) })
        {
            var query = fixture.Query(text);
            List<(string Id, double Score)> expected = BruteForce.Rank(snapshot, query);
            foreach (int top in new[] { 1, 10, 1000 })
            {
                IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(query, new SearchOptions { Top = top }, TestContext.Current.CancellationToken);
                Assert.Equal(Math.Min(top, expected.Count), found.Count);
                AssertSame(expected, found, query.Rows);
            }
        }
    }

    [Fact]
    public void Under_a_filter_the_list_is_complete_and_holds_nothing_else()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(300), cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        static bool Allow(string id) => id.EndsWith("#2", StringComparison.Ordinal);
        var query = fixture.Query("sepsis fluid bolus");
        IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(query, new SearchOptions { Top = 20, Allow = Allow }, TestContext.Current.CancellationToken);
        Assert.Equal(20, found.Count);
        AssertSame(BruteForce.Rank(snapshot, query, Allow), found, 3);
        Assert.Empty(snapshot.Searcher.Search(query, new SearchOptions { Allow = _ => false }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_filter_does_not_outlast_its_search()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(200), cancellation: TestContext.Current.CancellationToken);
        fixture.Builder().Apply(new ListedPassages([]), [IndexFixture.Id(5)], cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 1);
        var query = fixture.Query("sepsis fluid bolus");
        Func<string, bool> first = id => id.EndsWith("#1", StringComparison.Ordinal), second = id => id.EndsWith("#2", StringComparison.Ordinal), failing = _ => throw new InvalidOperationException();
        List<string> Ids(Func<string, bool>? allow) => [.. snapshot.Searcher.Search(query, new SearchOptions { Top = 500, Allow = allow }, TestContext.Current.CancellationToken).Select(hit => hit.Id).Order(StringComparer.Ordinal)];
        List<string> all = Ids(null);
        Assert.Equal(199, all.Count);
        foreach (Func<string, bool>? allow in new[] { first, first, second, null, second, first })
        {
            Assert.Equal(all.Where(allow ?? (_ => true)), Ids(allow));
        }

        Assert.Throws<InvalidOperationException>(() => Ids(failing));
        Assert.Equal(all.Where(first), Ids(first));
    }

    [Fact]
    public void Among_given_ids_all_are_scored_and_nothing_else()
    {
        using var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Threads = 2, SegmentTokens = 1500 }).Build(IndexFixture.Passages(200), cancellation: TestContext.Current.CancellationToken);
        fixture.Builder().Apply(new ListedPassages([]), [IndexFixture.Id(5)], cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 1);
        var query = fixture.Query("sepsis fluid bolus");
        string[] among = [IndexFixture.Id(5), IndexFixture.Id(7), IndexFixture.Id(150), "unknown"];
        IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(query, new SearchOptions { Among = among }, TestContext.Current.CancellationToken);
        AssertSame(BruteForce.Rank(snapshot, query, id => among.Contains(id)), found, 3);
        Assert.Equal(2, found.Count);
        Assert.Equal(10, snapshot.Searcher.Search(query, new SearchOptions(), TestContext.Current.CancellationToken).Count);
    }

    [Fact]
    public void Equal_scores_are_ordered_by_id()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(new ListedPassages(Enumerable.Range(0, 50).Select(i => ($"b{i:D2}", i % 10 == 0 ? "stroke statin" : IndexFixture.Text(i)))), cancellation: TestContext.Current.CancellationToken);
        fixture.Builder().Apply(new ListedPassages([("a", "stroke statin"), ("c", "stroke statin")]), [], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b00", "b10"], fixture.Search("stroke statin", 3).Select(hit => hit.Id));
        Assert.Equal(["a", "b00", "b10", "b20", "b30", "b40", "c"], fixture.Search("stroke statin", 7).Select(hit => hit.Id));
    }

    [Fact]
    public void Searches_in_parallel_agree_and_a_warm_one_allocates_its_result_only()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(200), cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 1);
        var query = fixture.Query("acute chest pain troponin");
        var options = new SearchOptions();
        IReadOnlyList<ScoredPassage> expected = snapshot.Searcher.Search(query, options, TestContext.Current.CancellationToken);
        Parallel.For(0, 8, _ => Assert.Equal(expected, snapshot.Searcher.Search(query, options, TestContext.Current.CancellationToken)));

        // The least of ten: the runtime's own one-time allocations may fall into one of them.
        long least = long.MaxValue;
        for (int i = 0; i < 10; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            snapshot.Searcher.Search(query, options, TestContext.Current.CancellationToken);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 1, 400);
    }

    [Fact]
    public void Queries_that_cannot_be_are_refused()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(20), cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Assert.Throws<JmlrUsageException>(() => snapshot.Searcher.Search(fixture.Query(""), new SearchOptions(), cancellation));
        Assert.Throws<JmlrUsageException>(() => snapshot.Searcher.Search(fixture.Query("rash"), new SearchOptions { Top = 0 }, cancellation));
        var narrow = new Index.Encoding.TokenMatrix(8);
        narrow.Resize(1);
        Assert.Throws<ArgumentException>(() => snapshot.Searcher.Search(narrow, new SearchOptions(), cancellation));
        Assert.Throws<OperationCanceledException>(() => snapshot.Searcher.Search(fixture.Query("rash"), new SearchOptions(), new CancellationToken(true)));
        snapshot.Dispose();
        Assert.Throws<ObjectDisposedException>(() => snapshot.Searcher.Search(fixture.Query("rash"), new SearchOptions(), cancellation));
    }

    private static void AssertSame(List<(string Id, double Score)> expected, IReadOnlyList<ScoredPassage> found, int rows)
    {
        var scores = expected.ToDictionary(pair => pair.Id, pair => pair.Score);
        for (int i = 0; i < found.Count; i++)
        {
            // Scores to rounding; the order where scores are apart by more than rounding.
            Assert.Equal(scores[found[i].Id], found[i].Score, 1e-6 * rows);
            Assert.Equal(expected[i].Score, found[i].Score, 2e-6 * rows);
            Assert.Equal(found[i].Score / rows, found[i].Support);
        }

        Assert.Equal(found.Count, found.Select(hit => hit.Id).Distinct().Count());
    }
}
