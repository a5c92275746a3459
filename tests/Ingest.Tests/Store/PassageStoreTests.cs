using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Store;

public class PassageStoreTests
{
    [Fact]
    public void Documents_and_passages_come_back_as_they_went_in()
    {
        using TemporaryFolder folder = new();
        Document document = Samples.Document("a", "Ünïcode ≥ 92 % 😀 text", "2022-03-01") with { QuestionId = "medqa:1" };
        Passage[] passages = [.. Samples.Passages(document, 37).Select((p, i) => p with { QuestionId = "medqa:1", Page = i == 3 ? 7 : null, Span = new CharSpan(i, i + 1) })];
        using (PassageStore store = PassageStore.OpenForWriting(folder.Path))
        {
            Assert.Equal(PutOutcome.Added, store.Put(document, passages, Samples.Chunker));
            Assert.Empty(store.Documents);
            store.Commit();
            Assert.Single(store.Documents);
        }

        using PassageStore reader = PassageStore.OpenForReading(folder.Path);
        DocumentRecord record = Assert.Single(reader.Documents);
        Assert.Equal(1, reader.Generation);
        Assert.Equal(Samples.Chunker, reader.ChunkerHash);
        Assert.Equal(document.Provenance, record.Provenance);
        Document back = reader.ReadDocument(record);
        Assert.Equivalent(document, back, strict: true);
        Assert.Equivalent(passages, reader.ReadPassages(record), strict: true);
        foreach (Passage passage in passages)
        {
            Assert.Equivalent(passage, reader.ReadPassage(passage.Id), strict: true);
        }

        Assert.Null(reader.ReadPassage(passages[0].Id with { Ordinal = 37 }));
        Assert.Null(reader.ReadPassage(passages[0].Id with { Key = new DocumentKey("test", "b") }));
    }

    [Fact]
    public void Records_larger_than_an_entry_of_the_log_are_chained()
    {
        using TemporaryFolder folder = new();
        string text = new('x', 3_000_000);
        Document document = Samples.Document("big", text);
        using PassageStore store = PassageStore.OpenForWriting(folder.Path);
        store.Put(document, Samples.Passages(document, 2), Samples.Chunker);
        store.Commit();
        Assert.Equal(text, store.ReadDocument(store.Find(document.Key)!).Text);
        Assert.Equal($"1: {text}", store.ReadPassages(store.Find(document.Key)!)[1].Text);
    }

    [Fact]
    public void Many_documents_of_many_publishers_are_told_apart()
    {
        using TemporaryFolder folder = new();
        using (PassageStore store = PassageStore.OpenForWriting(folder.Path))
        {
            for (int i = 0; i < 2000; i++)
            {
                Document document = Samples.Document($"d{i}", $"text {i}");
                Put(store, document with { Provenance = document.Provenance with { Publisher = $"Publisher {i % 700}", Licence = i % 3 == 0 ? null : $"Licence é {i % 5}" } });
            }

            store.Commit();
        }

        using PassageStore reader = PassageStore.OpenForReading(folder.Path);
        Assert.Equal(2000, reader.Documents.Count);
        foreach (DocumentRecord record in reader.Documents)
        {
            int i = int.Parse(record.Key.Name.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(($"Publisher {i % 700}", i % 3 == 0 ? null : $"Licence é {i % 5}"), (record.Provenance.Publisher, record.Provenance.Licence));
        }
    }

    [Fact]
    public void What_was_not_committed_is_not_there()
    {
        using TemporaryFolder folder = new();
        using (PassageStore store = PassageStore.OpenForWriting(folder.Path))
        {
            Put(store, Samples.Document("a"));
            store.Commit();
            Put(store, Samples.Document("b"));
        }

        using PassageStore reader = PassageStore.OpenForReading(folder.Path);
        Assert.Equal("test:a", Assert.Single(reader.Documents).Key.ToString());
    }

    [Fact]
    public void A_reader_keeps_its_commit_while_a_writer_goes_on()
    {
        using TemporaryFolder folder = new();
        using PassageStore writer = PassageStore.OpenForWriting(folder.Path);
        Put(writer, Samples.Document("a"));
        writer.Commit();
        using PassageStore reader = PassageStore.OpenForReading(folder.Path);
        Put(writer, Samples.Document("b"));
        writer.Commit();
        Assert.Single(reader.Documents);
        Assert.Equal("Give oxygen to all patients.", reader.ReadDocument(reader.Documents[0]).Text);
        using PassageStore later = PassageStore.OpenForReading(folder.Path);
        Assert.Equal(2, later.Documents.Count);
    }

    [Fact]
    public void The_same_content_is_unchanged_and_a_commit_of_nothing_is_none()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = PassageStore.OpenForWriting(folder.Path);
        Assert.Equal(PutOutcome.Added, Put(store, Samples.Document("a")));
        Assert.Equal(PutOutcome.Unchanged, Put(store, Samples.Document("a")));
        store.Commit();
        Assert.Equal(PutOutcome.Unchanged, Put(store, Samples.Document("a")));
        store.Commit();
        Assert.Equal(1, store.Generation);
    }

    [Fact]
    public void Passages_of_two_chunkers_are_not_mixed()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = PassageStore.OpenForWriting(folder.Path);
        Put(store, Samples.Document("a"));
        store.Commit();
        Document other = Samples.Document("b");
        Assert.Throws<JmlrOperationException>(() => store.Put(other, Samples.Passages(other), "another"));
    }

    [Fact]
    public void Lone_surrogates_and_wrong_ids_are_refused_and_leave_the_store_usable()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = PassageStore.OpenForWriting(folder.Path);
        Document bad = Samples.Document("bad", "lone \ud800 surrogate");
        Assert.Throws<ArgumentException>(() => Put(store, bad));
        Document good = Samples.Document("good");
        Assert.Throws<ArgumentException>(() => store.Put(good, Samples.Passages(Samples.Document("other")), Samples.Chunker));
        Put(store, good);
        store.Commit();
        Assert.Single(store.Documents);
    }

    [Fact]
    public void A_reader_without_a_store_is_told_what_to_do()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("jmlr ingest", Assert.Throws<JmlrOperationException>(() => PassageStore.OpenForReading(folder["none"])).Message, StringComparison.Ordinal);
    }

    internal static PutOutcome Put(PassageStore store, Document document) => store.Put(document, Samples.Passages(document), Samples.Chunker);
}
