using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;

namespace Jmlr.Ingest.Tests.Store;

public class VersionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_latest_date_is_in_force_whatever_the_order_of_ingestion(bool oldFirst)
    {
        Document[] versions = [Samples.Document("a", "old", "2019-01-01"), Samples.Document("a", "new", "2023-05-01"), Samples.Document("a", "undated")];
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(folder, oldFirst ? versions : [.. versions.Reverse()]);
        Assert.Equal("new", store.ReadDocument(store.Find(versions[0].Key)!).Text);
        Assert.Equal(["undated", "old", "new"], store.Documents.Select(d => store.ReadDocument(d).Text));
        Assert.Equal([VersionState.Superseded, VersionState.Superseded, VersionState.InForce], store.Documents.Select(d => d.State));
        Assert.Equal("old", store.ReadDocument(store.Find(versions[0].Key, versions[0].Version)!).Text);
    }

    [Fact]
    public void Of_one_date_the_last_ingested_is_in_force_even_when_an_edit_is_taken_back()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(folder, Samples.Document("a", "first", "2020-01-01"), Samples.Document("a", "second", "2020-01-01"));
        Assert.Equal("second", store.ReadDocument(store.Find(new DocumentKey("test", "a"))!).Text);
        Assert.Equal(PutOutcome.Updated, PassageStoreTests.Put(store, Samples.Document("a", "first", "2020-01-01")));
        store.Commit();
        Assert.Equal("first", store.ReadDocument(store.Find(new DocumentKey("test", "a"))!).Text);
        Assert.Equal(2, store.Documents.Count);
    }

    [Fact]
    public void A_document_that_supersedes_another_takes_it_out_of_force()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(folder, Samples.Document("new", "n", "2023-01-01", supersedes: "test:old"), Samples.Document("old", "o", "2024-01-01"));
        Assert.Null(store.Find(new DocumentKey("test", "old")));
        Assert.Equal(VersionState.Superseded, store.Documents.Single(d => d.Key.Name == "old").State);
        Assert.True(store.Remove(new DocumentKey("test", "new")));
        store.Commit();
        Assert.NotNull(store.Find(new DocumentKey("test", "old")));
        Assert.Equal(VersionState.Removed, store.Documents.Single(d => d.Key.Name == "new").State);
    }

    [Fact]
    public void Of_documents_that_supersede_each_other_the_newest_stays_in_force()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(
            folder, Samples.Document("a", "a", "2021-01-01", supersedes: "test:c"), Samples.Document("b", "b", "2022-01-01", supersedes: "test:a"),
            Samples.Document("c", "c", "2023-01-01", supersedes: "test:b"), Samples.Document("self", "s", supersedes: "test:self"));
        Assert.Equal(["c", "self"], store.Documents.Where(d => d.State == VersionState.InForce).Select(d => d.Key.Name));
    }

    [Fact]
    public void A_withdrawn_version_is_not_in_force_and_nothing_takes_its_place()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(folder, Samples.Document("a", "old", "2019-01-01"), Samples.Document("a", "new", "2023-01-01", withdrawn: true));
        Assert.Null(store.Find(new DocumentKey("test", "a")));
        Assert.Equal([VersionState.Superseded, VersionState.Withdrawn], store.Documents.Select(d => d.State));
    }

    [Fact]
    public void A_removed_document_can_come_back()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(folder, Samples.Document("a"));
        Assert.True(store.Remove(new DocumentKey("test", "a")));
        Assert.NotNull(store.Find(new DocumentKey("test", "a")));
        store.Commit();
        Assert.Null(store.Find(new DocumentKey("test", "a")));
        Assert.False(store.Remove(new DocumentKey("test", "a")));
        Assert.Equal(PutOutcome.Added, PassageStoreTests.Put(store, Samples.Document("a")));
        store.Commit();
        Assert.NotNull(store.Find(new DocumentKey("test", "a")));
        Assert.Single(store.Documents);
    }

    private static PassageStore Stored(TemporaryFolder folder, params Document[] documents)
    {
        PassageStore store = PassageStore.OpenForWriting(folder.Path);
        foreach (Document document in documents)
        {
            PassageStoreTests.Put(store, document);
        }

        store.Commit();
        return store;
    }
}
