using System.Diagnostics;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Store;

public class RenameTests
{
    [Fact]
    public void Keys_versions_texts_and_links_follow_and_stay_when_the_store_is_opened_again()
    {
        using TemporaryFolder folder = new();
        Document[] documents =
        [
            Samples.Document("a", "first edition", "2019-01-01"), Samples.Document("a", "second edition", "2022-01-01"), Samples.Document("b", new string('x', 2_500_000), supersedes: "test:c"),
            Samples.Document("c", "third", withdrawn: true), Samples.Document("z", "other source", source: "else", supersedes: "test:a"), Samples.Document("y", "untouched", source: "else"),
        ];
        using (PassageStore store = Stored(folder, documents))
        {
            Assert.Equal(new RenameOutcome(3, 4, 1), store.Rename("test", "ward", TestContext.Current.CancellationToken));
            Assert.Equal("test", store.Documents[^1].Key.Source); // staged only
            store.Commit();
            Assert.Equal(2, store.Generation);
        }

        using PassageStore reader = PassageStore.OpenForReading(folder.Path);
        DocumentRecord[] present = [.. reader.Documents.Where(d => d.State != VersionState.Removed)];
        Assert.Equal(["else:y", "else:z", "ward:a", "ward:a", "ward:b", "ward:c"], present.Select(d => d.Key.ToString()));
        Assert.Equal([VersionState.InForce, VersionState.InForce, VersionState.Superseded, VersionState.Superseded, VersionState.InForce, VersionState.Withdrawn], present.Select(d => d.State));
        Assert.Equal(["ward:a", "ward:c"], present.Select(d => d.Provenance.Supersedes?.ToString()).OfType<string>());
        foreach (Document document in documents)
        {
            DocumentRecord record = present.Single(d => d.Key.Name == document.Key.Name && d.Version == document.Version);
            Assert.Equal(document.Text, reader.ReadDocument(record).Text);
            Passage passage = Assert.Single(reader.ReadPassages(record));
            Assert.Equal($"0: {document.Text}", passage.Text);
            Assert.Equal(passage.Id, reader.ReadPassage(passage.Id)!.Id);
            Assert.Equal(record.Key.Source, record.Provenance.Source);
        }
    }

    [Fact]
    public void A_name_can_be_taken_back_and_given_again()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(folder, Samples.Document("a", "text"));
        foreach ((string from, string to) in new[] { ("test", "b"), ("b", "test"), ("test", "b") })
        {
            store.Rename(from, to, TestContext.Current.CancellationToken);
            store.Commit();
        }

        Assert.Equal("text", store.ReadDocument(store.Find(DocumentKey.Parse("b:a"))!).Text);
        Assert.Equal([VersionState.InForce, VersionState.Removed], store.Documents.Select(d => d.State));
    }

    [Theory]
    [InlineData("none", "b", "no source 'none'")]
    [InlineData("test", "else", "already")]
    [InlineData("test", "test", "already")]
    [InlineData("test", "a b", "is no name")]
    [InlineData("test", "a:b", "is no name")]
    [InlineData("test", "", "is no name")]
    public void A_name_that_is_taken_or_none_is_refused_and_nothing_changes(string from, string to, string said)
    {
        using TemporaryFolder folder = new();
        using PassageStore store = Stored(folder, Samples.Document("a"), Samples.Document("a", source: "else"));
        Assert.Contains(said, Assert.Throws<JmlrUsageException>(() => store.Rename(from, to, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Equal(0, store.Staged);
    }

    [Fact]
    public void The_same_files_read_under_the_new_name_are_unchanged()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(folder["in/old.md"], "# Old\n\nOld advice.\n");
        File.WriteAllText(folder["in/new.md"], "---\nsupersedes: old\n---\n# New\n\nNew advice.\n");
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        IngestPipeline pipeline = new(store, new Chunker(new WordTokenizer()));
        pipeline.Run(new IngestRequest { Paths = [folder["in"]], Source = "a" }, cancellation: TestContext.Current.CancellationToken);
        store.Rename("a", "b", TestContext.Current.CancellationToken);
        store.Commit();
        IngestResult again = pipeline.Run(new IngestRequest { Paths = [folder["in"]], Source = "b" }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((2, 2), (again.Read, again.Unchanged));
        Assert.Equal("b:old", Assert.Single(store.Documents, d => d.State == VersionState.Superseded).Key.ToString());
    }

    [Fact]
    public void Killed_at_any_moment_the_source_has_one_name_or_the_other_and_all_its_documents()
    {
        using TemporaryFolder folder = new();
        Document[] documents = [.. Enumerable.Range(0, 60).Select(i => Samples.Document($"d{i}", new string((char)('a' + (i % 26)), 3000)))];
        Stored(folder, documents).Dispose();
        Random random = new(11);
        for (int kill = 0; kill < 8; kill++)
        {
            using (Process child = RenameChild.Start(folder.Path))
            {
                child.StandardOutput.ReadLine();
                Thread.Sleep(random.Next(25));
                child.Kill(); // SIGKILL
                child.WaitForExit();
            }

            using PassageStore store = PassageStore.OpenForReading(folder.Path);
            DocumentRecord[] present = [.. store.Documents.Where(d => d.State != VersionState.Removed)];
            Assert.Single(present.Select(d => d.Key.Source).Distinct());
            Assert.Equal(documents.Select(d => d.Text).Order(StringComparer.Ordinal), present.Select(d => store.ReadDocument(d).Text).Order(StringComparer.Ordinal));
        }
    }

    internal static PassageStore Stored(TemporaryFolder folder, params Document[] documents)
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
