using Jmlr.Index.Search;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Storage;

/// <summary>The recall table of the plan plaid: measured at build, kept by updates until the index has another size, and what a search goes by.</summary>
public sealed class CalibrationTests
{
    private const int Passages = 400;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void An_index_that_is_scored_exactly_has_no_table()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(Passages), cancellation: Cancellation);
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Empty(status.Recall);
        Assert.Equal(PlaidDefaults.ProbesOf(Passages), status.Probes);
    }

    [Fact]
    public void The_table_ends_with_the_first_number_of_probes_that_is_enough_and_says_what_a_search_finds()
    {
        using var fixture = new IndexFixture();
        Builder(fixture).Build(IndexFixture.Passages(Passages), cancellation: Cancellation);
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Equal(status.Recall[^1].Probes, status.Probes);
        Assert.All(status.Recall.SkipLast(1), row => Assert.InRange(row.Recall, 0, 0.98 - 1e-9));
        Assert.InRange(status.Recall[^1].Recall, 0.98, 1);

        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        var source = IndexFixture.Passages(Passages);
        var queries = CalibrationQueries.Draw(fixture.Encoder, source, [.. source.Ids.Reverse()], 64, new IndexSettings().Seed, Cancellation);
        Assert.Equal(64, queries.Count);
        foreach (ProbeRecall row in status.Recall)
        {
            double found = queries.Sum(query => Ids(query, SearchPlan.Plaid, row.Probes).Intersect(Ids(query, SearchPlan.Exact, 0)).Count());
            Assert.Equal(found / (10 * queries.Count), row.Recall, 9);
        }

        IEnumerable<string> Ids(Jmlr.Index.Encoding.TokenMatrix query, SearchPlan plan, int probes) =>
            snapshot.Searcher.Search(query, new SearchOptions { Plan = plan, Probes = probes }, Cancellation).Select(hit => hit.Id);
    }

    [Fact]
    public void Two_builds_of_the_same_passages_have_the_same_table()
    {
        using IndexFixture one = new(), other = new();
        Builder(one).Build(IndexFixture.Passages(Passages), cancellation: Cancellation);
        Builder(other).Build(IndexFixture.Passages(Passages), cancellation: Cancellation);
        Assert.Equal(IndexStatus.Read(one.Index).Recall, IndexStatus.Read(other.Index).Recall);
    }

    [Fact]
    public void An_update_keeps_the_table_until_the_index_has_doubled()
    {
        using var fixture = new IndexFixture();
        Builder(fixture).Build(IndexFixture.Passages(Passages), cancellation: Cancellation);
        PlaidEntry built = Plaid();
        Builder(fixture).Update(IndexFixture.Passages(Passages + 20), cancellation: Cancellation);
        Assert.Equal(built.Tokens, Plaid().Tokens);
        Builder(fixture).Update(IndexFixture.Passages((2 * Passages) + 100), cancellation: Cancellation);
        Assert.Equal(IndexStatus.Read(fixture.Index).LiveTokens, Plaid().Tokens);

        PlaidEntry Plaid() => ManifestFile.ReadCurrent(fixture.Index).Plaid!;
    }

    [Fact]
    public void A_search_looks_at_as_many_centroids_as_the_table_says()
    {
        using var fixture = new IndexFixture();
        Builder(fixture).Build(IndexFixture.Passages(8 * Passages), cancellation: Cancellation);
        Manifest manifest = ManifestFile.ReadCurrent(fixture.Index);
        ManifestFile.Write(new IndexDisk(fixture.Index), manifest with { Generation = manifest.Generation + 1, Plaid = manifest.Plaid! with { Probes = 1 } });
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        Assert.Equal(1, snapshot.Probes);
        int differs = 0;
        foreach (int number in Enumerable.Range(0, 40))
        {
            var query = fixture.Query(string.Join(' ', IndexFixture.Text(number, salt: 5).Split(' ').Take(2)));
            string[] As(int probes) => [.. snapshot.Searcher.Search(query, new SearchOptions { Plan = SearchPlan.Plaid, Probes = probes }, Cancellation).Select(hit => hit.Id)];
            Assert.Equal(As(1), As(0));
            differs += As(1).SequenceEqual(As(32)) ? 0 : 1;
        }

        Assert.True(differs > 0);
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(4, 1.5)]
    [InlineData(4, -0.1)]
    public void A_malformed_table_is_refused(int probes, double recall)
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(20), cancellation: Cancellation);
        Manifest manifest = ManifestFile.ReadCurrent(fixture.Index);
        ManifestFile.Write(new IndexDisk(fixture.Index), manifest with { Generation = manifest.Generation + 1, Plaid = new PlaidEntry(4, 64, 1000, [new ProbeRecall(probes, recall)]) });
        Assert.Contains("recall table", Assert.Throws<Jmlr.Models.Errors.JmlrIntegrityException>(() => IndexSnapshot.Open(fixture.Index)).Message, StringComparison.Ordinal);
    }

    private static IndexBuilder Builder(IndexFixture fixture) => fixture.Builder(new IndexSettings { Threads = 2, LeastCalibratedTokens = 100 });
}
