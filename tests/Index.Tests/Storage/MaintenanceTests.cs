using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage;

public sealed class MaintenanceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Compaction_drops_the_dead_and_changes_no_result()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(200), cancellation: Cancellation);
        fixture.Builder().Update(IndexFixture.Passages(200, first: 50), cancellation: Cancellation);
        fixture.Builder().Apply(IndexFixture.Passages(5, first: 60, salt: 1), [IndexFixture.Id(200)], cancellation: Cancellation);
        IReadOnlyList<ScoredPassage> expected = fixture.Search("chronic renal potassium", 500);
        IndexStatus before = IndexStatus.Read(fixture.Index);

        Assert.Equal(4, IndexMaintenance.Compact(fixture.Index, cancellation: Cancellation));
        IndexStatus after = IndexStatus.Read(fixture.Index);
        Assert.Equal((1, before.LivePassages, before.LiveTokens, 0), (after.Segments, after.LivePassages, after.LiveTokens, after.DeadPassages));
        Assert.True(after.Bytes < before.Bytes);
        Assert.Equal(expected, fixture.Search("chronic renal potassium", 500));
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: Cancellation).Ok);
        Assert.Equal(4, IndexMaintenance.Compact(fixture.Index, cancellation: Cancellation));
    }

    [Fact]
    public void Rollback_brings_a_kept_generation_back()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(100), cancellation: Cancellation);
        IReadOnlyList<ScoredPassage> first = fixture.Search("insulin glucose", 500);
        fixture.Builder().Update(IndexFixture.Passages(100, first: 30), cancellation: Cancellation);
        Assert.NotEqual(first, fixture.Search("insulin glucose", 500));
        Assert.Equal(3, IndexMaintenance.Rollback(fixture.Index, 1, Cancellation));
        Assert.Equal(first, fixture.Search("insulin glucose", 500));
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: Cancellation).Ok);
        Assert.Equal(3, IndexMaintenance.Rollback(fixture.Index, 3, Cancellation)); // in force already
        Assert.Equal(3, IndexMaintenance.Generation(fixture.Index));
        Assert.Contains("kept are 3, 2, 1", Assert.Throws<JmlrOperationException>(() => IndexMaintenance.Rollback(fixture.Index, 9, Cancellation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generations_nobody_needs_are_swept_away_and_foreign_files_stay()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(50), cancellation: Cancellation);
        File.WriteAllText(Path.Combine(fixture.Index, "notes.txt"), "mine");
        File.WriteAllText(Path.Combine(fixture.Index, $".{Guid.NewGuid():N}.tmp"), "left by a killed writer");
        for (int i = 1; i <= 5; i++)
        {
            fixture.Builder().Build(IndexFixture.Passages(50, salt: i), cancellation: Cancellation);
        }

        Assert.Equal([6L, 5, 4], IndexStatus.Read(fixture.Index).Generations);
        Assert.Equal(3, Directory.GetFiles(fixture.Index, "*.jms").Length);
        Assert.Empty(Directory.GetFiles(fixture.Index, "*.tmp"));
        Assert.True(File.Exists(Path.Combine(fixture.Index, "notes.txt")));
    }

    [Fact]
    public void A_snapshot_stays_what_it_is_while_writers_commit_and_sweep()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(80), cancellation: Cancellation);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, fixture.Identity, 1);
        var query = fixture.Query("vaccine allergy rash");
        IReadOnlyList<ScoredPassage> expected = snapshot.Searcher.Search(query, new SearchOptions { Top = 100 }, Cancellation);
        for (int i = 1; i <= 5; i++)
        {
            fixture.Builder().Build(IndexFixture.Passages(80, salt: i), cancellation: Cancellation);
            Assert.Equal(expected, snapshot.Searcher.Search(query, new SearchOptions { Top = 100 }, Cancellation));
        }

        Assert.NotEqual(expected, fixture.Search("vaccine allergy rash", 100));
    }
}
