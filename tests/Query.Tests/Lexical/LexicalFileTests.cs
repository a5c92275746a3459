using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Progress;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Tests.Lexical;

/// <summary>The kept postings are those of the store, or they are not used.</summary>
public sealed class LexicalFileTests : IDisposable
{
    private static readonly string[] Questions = ["fever aspirin", "2.5 mg", "naïve café", "nothing of this", "aspirin aspirin dose"];
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-words-").FullName;

    private string File => Path.Combine(_folder, "words", "postings");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_read_again_ranks_like_what_was_counted()
    {
        Put("a", "Fever and aspirin, 2.5 mg.", "Aspirin aspirin dose");
        Put("b", "A naïve café", "!?");
        using PassageStore store = Store();
        LexicalIndex counted = LexicalFile.Open(File, store, TestContext.Current.CancellationToken);
        Assert.Equal(4, counted.Passages);
        LexicalIndex read = new(Assert.IsType<LexicalPostings>(LexicalFile.Read(File, LexicalFile.KeyOf(store))));
        Assert.Equal((counted.Passages, counted.Terms, counted.Postings), (read.Passages, read.Terms, read.Postings));
        foreach (string question in Questions)
        {
            Assert.Equal(counted.Search(question, 10), read.Search(question, 10));
        }

        Assert.Equal(2, read.Search("aspirin", 10).Count);
    }

    [Fact]
    public void A_store_that_changed_is_counted_anew()
    {
        Put("a", "Fever");
        using (PassageStore store = Store())
        {
            LexicalFile.Open(File, store, TestContext.Current.CancellationToken);
        }

        Put("b", "More fever");
        using (PassageStore store = Store())
        {
            Assert.Null(LexicalFile.Read(File, LexicalFile.KeyOf(store)));
            Assert.Equal(2, LexicalFile.Open(File, store, TestContext.Current.CancellationToken).Search("fever", 10).Count);
            Assert.NotNull(LexicalFile.Read(File, LexicalFile.KeyOf(store)));
        }
    }

    [Fact]
    public void A_damaged_or_cut_file_is_never_used_and_made_anew()
    {
        Put("a", "Fever and aspirin", "Dose");
        using PassageStore store = Store();
        byte[] key = LexicalFile.KeyOf(store);
        LexicalFile.Open(File, store, TestContext.Current.CancellationToken);
        byte[] good = System.IO.File.ReadAllBytes(File);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x10;
            System.IO.File.WriteAllBytes(File, bad);
            Assert.Null(LexicalFile.Read(File, key));
            System.IO.File.WriteAllBytes(File, good[..at]);
            Assert.Null(LexicalFile.Read(File, key));
        }

        System.IO.File.WriteAllBytes(File, [.. good, 0]);
        Assert.Null(LexicalFile.Read(File, key));
        Assert.Single(LexicalFile.Open(File, store, TestContext.Current.CancellationToken).Search("dose", 10));
        Assert.Equal(good, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public void Kept_words_are_written_once_for_a_state_of_the_store_and_not_at_all_when_cancelled()
    {
        Put("b", "Fever and aspirin", "Dose");
        Put("a", "A naïve café");
        using (PassageStore store = Store())
        {
            Assert.Throws<OperationCanceledException>(() => LexicalFile.Keep(File, store, null, new CancellationToken(canceled: true)));
            Assert.False(System.IO.File.Exists(File));
            var reports = new Reports();
            LexicalFile.Keep(File, store, reports, TestContext.Current.CancellationToken);
            Assert.Equal(new ProgressReport("words", 0, 3, "passages"), Assert.Single(reports.All));
            Assert.Equal(["web:a@undated.0123456789ab#0", "web:b@undated.0123456789ab#0", "web:b@undated.0123456789ab#1"], LexicalFile.Read(File, LexicalFile.KeyOf(store))!.Ids);
            byte[] written = System.IO.File.ReadAllBytes(File);
            DateTime then = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
            System.IO.File.SetLastWriteTimeUtc(File, then);
            LexicalFile.Keep(File, store, reports, TestContext.Current.CancellationToken);
            Assert.Equal(then, System.IO.File.GetLastWriteTimeUtc(File));
            Assert.Equal(written, System.IO.File.ReadAllBytes(File));
        }

        Put("c", "More fever");
        using PassageStore changed = Store();
        byte[] former = System.IO.File.ReadAllBytes(File);
        Assert.Throws<OperationCanceledException>(() => LexicalFile.Keep(File, changed, null, new CancellationToken(canceled: true)));
        Assert.Equal(former, System.IO.File.ReadAllBytes(File));
        LexicalFile.Keep(File, changed, null, TestContext.Current.CancellationToken);
        Assert.Equal(4, LexicalFile.Read(File, LexicalFile.KeyOf(changed))!.Ids.Length);
        Assert.Equal(["postings"], Directory.GetFiles(Path.GetDirectoryName(File)!).Select(Path.GetFileName));
    }

    private sealed class Reports : IProgress<ProgressReport>
    {
        public List<ProgressReport> All { get; } = [];

        public void Report(ProgressReport value) => All.Add(value);
    }

    [Fact]
    public void Where_nothing_can_be_written_words_are_found_all_the_same()
    {
        Put("a", "Fever");
        System.IO.File.WriteAllText(Path.Combine(_folder, "words"), "a file where the folder would be");
        using PassageStore store = Store();
        Assert.Single(LexicalFile.Open(File, store, TestContext.Current.CancellationToken).Search("fever", 10));
    }

    private PassageStore Store() => PassageStore.OpenForReading(Path.Combine(_folder, "store"));

    private void Put(string name, params string[] texts)
    {
        using PassageStore writer = PassageStore.OpenForWriting(Path.Combine(_folder, "store"));
        var document = new Document
        {
            Key = DocumentKey.Parse($"web:{name}"),
            Version = new DocumentVersion("0123456789ab", null),
            Title = name,
            Text = string.Join('\n', texts),
            Sections = [],
            Provenance = new Provenance { Source = "web" },
        };
        writer.Put(document, [.. texts.Select((text, i) => new Passage
        {
            Id = new PassageId(document.Key, document.Version, i),
            Title = name,
            HeadingPath = [],
            Text = text,
            Span = new CharSpan(0, text.Length),
            Kind = ContentKind.Narrative,
        })], "chunker");
        writer.Commit();
    }
}
