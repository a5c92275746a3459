using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage;

/// <summary>Reading an index in the background changes nothing but when its blocks are checked.</summary>
public sealed class ReadAheadTests
{
    [Fact]
    public async Task Searches_find_the_same_afterwards()
    {
        using IndexFixture fixture = Built();
        TokenMatrix query = fixture.Query("acute asthma");
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma");
        Assert.True(await snapshot.ReadAhead());
        Assert.Equal(expected, snapshot.Searcher.Search(query, new SearchOptions(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Damage_is_left_to_the_search_that_meets_it()
    {
        using IndexFixture fixture = Built();
        string path = Directory.GetFiles(fixture.Index, "*.jms").MaxBy(file => new FileInfo(file).Length)!;
        SectionPlace place;
        using (var file = new BlockFile(path, BlockFileKind.Segment))
        {
            place = file.Place(SectionId.Residuals);
        }

        using (FileStream damage = File.OpenWrite(path))
        {
            damage.Position = place.Offset;
            damage.Write(new byte[64]);
        }

        TokenMatrix query = fixture.Query("acute asthma");
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        Assert.False(await snapshot.ReadAhead());
        Assert.Throws<JmlrIntegrityException>(() => snapshot.Searcher.Search(query, new SearchOptions(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_ends_with_the_snapshot_which_stays_mapped_until_then()
    {
        using IndexFixture fixture = Built();
        for (int round = 0; round < 20; round++)
        {
            IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
            Task<bool> reading = snapshot.ReadAhead();
            snapshot.Dispose();
            await reading.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken); // either answer, but no fault
            await Assert.ThrowsAsync<ObjectDisposedException>(snapshot.ReadAhead);
        }
    }

    private static IndexFixture Built()
    {
        var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(300), cancellation: TestContext.Current.CancellationToken);
        return fixture;
    }
}
