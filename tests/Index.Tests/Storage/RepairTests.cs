using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Files;

namespace Jmlr.Index.Tests.Storage;

/// <summary>Verification against the store, and what a repair makes of a damaged index.</summary>
public sealed class RepairTests
{
    private static readonly IndexSettings Settings = new() { Threads = 1, SegmentTokens = 1500, Bits = 2 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Verify_tells_staleness_from_a_text_that_is_not_the_one_encoded()
    {
        using var fixture = new IndexFixture();
        fixture.Builder(Settings).Build(IndexFixture.Passages(200), cancellation: Cancellation);
        Assert.Equal(new StoreComparison(0, 0, 0), Verify(fixture, IndexFixture.Passages(200)).Store);
        IndexVerification stale = Verify(fixture, IndexFixture.Passages(200, first: 3));
        Assert.Equal((true, new StoreComparison(3, 3, 0)), (stale.Ok, stale.Store));

        IndexVerification other = Verify(fixture, new ListedPassages(Enumerable.Range(0, 200).Select(i => (IndexFixture.Id(i), IndexFixture.Text(i, i == 77 ? 1 : 0)))));
        Assert.Equal((false, new StoreComparison(0, 0, 1)), (other.Ok, other.Store));
        Assert.Contains(IndexFixture.Id(77), Assert.Single(other.Errors).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seg-*.jms", false)]
    [InlineData("seg-*.jms", true)]
    [InlineData("codec-*.jmc", false)]
    [InlineData("codec-*.jmc", true)]
    [InlineData("CURRENT", false)]
    [InlineData("manifest-00000001", false)]
    public void A_damaged_or_lost_file_is_made_anew_to_the_same_bytes(string pattern, bool lost)
    {
        using var fixture = new IndexFixture();
        fixture.Builder(Settings).Build(IndexFixture.Passages(200), cancellation: Cancellation);
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma", 500);
        string[] files = Hashes(fixture);
        Damage(Directory.GetFiles(fixture.Index, pattern).Order(StringComparer.Ordinal).First(), lost);

        IndexVerification damaged = Verify(fixture, IndexFixture.Passages(200));
        Assert.False(damaged.Ok);
        IndexChange change = fixture.Builder(Settings with { Bits = pattern.StartsWith("manifest", StringComparison.Ordinal) ? 2 : 4 }).Repair(IndexFixture.Passages(200), damaged.Errors, cancellation: Cancellation);
        Assert.Equal(0, change.Encoded);
        IndexVerification mended = Verify(fixture, IndexFixture.Passages(200));
        Assert.True(mended.Ok, string.Join("; ", mended.Errors));
        Assert.True(mended.Store!.Same);
        Assert.Equal(expected, fixture.Search("acute asthma", 500));
        if (pattern.StartsWith("seg", StringComparison.Ordinal) || pattern == "CURRENT")
        {
            Assert.Equal(files, Hashes(fixture));
        }
    }

    [Fact]
    public void Damaged_tombstones_do_not_bring_the_dead_back_and_broken_generations_go()
    {
        using var fixture = new IndexFixture();
        fixture.Builder(Settings).Build(IndexFixture.Passages(200), cancellation: Cancellation);
        fixture.Builder(Settings).Update(IndexFixture.Passages(200, first: 10), cancellation: Cancellation);
        fixture.Builder(Settings).Update(IndexFixture.Passages(195, first: 15), cancellation: Cancellation);
        string[] found = [.. fixture.Search("acute asthma", 500).Select(hit => hit.Id)];
        Damage(Directory.GetFiles(fixture.Index, "*.00000003.del")[0], lost: false);
        IndexVerification damaged = Verify(fixture, IndexFixture.Passages(195, first: 15));
        fixture.Builder(Settings).Repair(IndexFixture.Passages(195, first: 15), damaged.Errors, cancellation: Cancellation);

        IndexVerification mended = Verify(fixture, IndexFixture.Passages(195, first: 15));
        Assert.True(mended.Ok && mended.Store!.Same, string.Join("; ", mended.Errors));
        Assert.Equal(found.Order(StringComparer.Ordinal), fixture.Search("acute asthma", 500).Select(hit => hit.Id).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(3L, IndexStatus.Read(fixture.Index).Generations);
        Assert.Contains(2L, IndexStatus.Read(fixture.Index).Generations);
    }

    [Fact]
    public void A_text_that_changed_under_its_id_is_encoded_again()
    {
        using var fixture = new IndexFixture();
        fixture.Builder(Settings).Build(IndexFixture.Passages(100), cancellation: Cancellation);
        var changed = new ListedPassages(Enumerable.Range(0, 100).Select(i => (IndexFixture.Id(i), IndexFixture.Text(i, i == 50 ? 9 : 0))));
        IndexChange change = fixture.Builder(Settings).Repair(changed, Verify(fixture, changed).Errors, cancellation: Cancellation);
        Assert.Equal(1, change.Encoded);
        Assert.True(Verify(fixture, changed) is { Ok: true, Store.Same: true });
        Assert.Equal(IndexFixture.Id(50), fixture.Search(IndexFixture.Text(50, 9))[0].Id);
    }

    private static IndexVerification Verify(IndexFixture fixture, IPassageSource store) => IndexVerifier.Verify(fixture.Index, store, cancellation: Cancellation);

    private static string[] Hashes(IndexFixture fixture) => [.. ManifestFile.ReadCurrent(fixture.Index).Files().Select(file => ContentHash.OfFile(Path.Combine(fixture.Index, file.Name))).Order(StringComparer.Ordinal)];

    private static void Damage(string path, bool lost)
    {
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        if (!lost)
        {
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(path, bytes);
        }
    }
}
