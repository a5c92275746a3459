using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Ingest.Watching;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Watching;

public sealed class FolderWatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private FolderWatch _watch;
    private string? _trouble;

    public FolderWatchTests()
    {
        Directory.CreateDirectory(_folder["in"]);
        _watch = Watch();
    }

    public void Dispose() => _folder.Dispose();

    private FolderWatch Watch(string? source = null) => new(_folder["in"], _folder["state"], new IngestRequest { Paths = [_folder["in"]], Source = source }, request =>
    {
        using PassageStore store = PassageStore.OpenForWriting(_folder["store"]);
        return new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(request, cancellation: TestContext.Current.CancellationToken);
    });

    /// <summary>Looks until the folder has settled: what was done as "added updated unchanged removed", and the names in the store.</summary>
    private string Step()
    {
        Assert.Null(_watch.Look(out _trouble)); // the first look at something new never acts
        IngestResult? result = _watch.Look(out _trouble);
        string done = result is null ? "nothing" : $"{result.Added} {result.Updated} {result.Unchanged} {result.Removed}";
        Assert.Null(_watch.Look(out string? _)); // and then there is no more to do
        return $"{done}: {Names()}";
    }

    private string Names()
    {
        if (!PassageStore.Exists(_folder["store"]))
        {
            return "";
        }

        using PassageStore store = PassageStore.OpenForReading(_folder["store"]);
        return string.Join(' ', store.Documents.Where(d => d.State == VersionState.InForce).Select(d => d.Key.ToString()));
    }

    private void Put(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"in/{name}"])!);
        File.WriteAllText(_folder[$"in/{name}"], text);
    }

    [Fact]
    public void New_changed_and_deleted_files_are_followed_one_commit_a_change()
    {
        Put("a.md", "# A\n\nFirst.\n");
        Put("sub/b.md", "# B\n\nSecond.\n");
        Put("c.jsonl", "{\"id\":\"1\",\"text\":\"One.\"}\n{\"id\":\"2\",\"text\":\"Two.\"}\n");
        Assert.Equal("4 0 0 0: in:1 in:2 in:a in:sub/b", Step());
        Put("a.md", "# A\n\nFirst, changed.\n");
        Put("c.jsonl", "{\"id\":\"2\",\"text\":\"Two.\"}\n{\"id\":\"3\",\"text\":\"Three.\"}\n");
        File.Delete(_folder["in/sub/b.md"]);
        Assert.Equal("1 1 1 2: in:2 in:3 in:a", Step());
        using PassageStore store = PassageStore.OpenForReading(_folder["store"]);
        Assert.Equal(2, store.Generation);
        Assert.Equal("First, changed.", store.ReadDocument(store.Documents.Single(d => d.State == VersionState.InForce && d.Key.Name == "a")).Text.Split('\n')[^1]);
    }

    [Fact]
    public void A_change_waits_until_it_has_settled()
    {
        Put("a.md", "# A\n\nFirst.\n");
        Assert.Null(_watch.Look(out _trouble));
        Put("a.md", "# A\n\nFirst and longer.\n");
        Assert.Null(_watch.Look(out _trouble));
        Assert.Equal(1, _watch.Look(out _trouble)!.Added);
    }

    [Fact]
    public void The_next_watch_goes_on_where_the_last_one_ended()
    {
        Put("a.md", "# A\n\nFirst.\n");
        Put("b.md", "# B\n\nSecond.\n");
        Step();
        File.Delete(_folder["in/a.md"]);
        Put("c.md", "# C\n\nThird.\n");
        _watch = Watch();
        Assert.Equal("1 0 0 1: in:b in:c", Step());
        foreach (string state in Directory.GetFiles(_folder["state"]))
        {
            File.WriteAllText(state, "{"); // damaged: everything is read again, and nothing changes
        }

        _watch = Watch();
        Assert.Equal("0 0 2 0: in:b in:c", Step());
    }

    [Fact]
    public void Documents_of_other_commands_stay_and_a_moved_file_keeps_its_document()
    {
        using (PassageStore store = PassageStore.OpenForWriting(_folder["store"]))
        {
            File.WriteAllText(_folder["x.md"], "# X\n\nBy hand.\n");
            new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(new IngestRequest { Paths = [_folder["x.md"]], Source = "in" }, cancellation: TestContext.Current.CancellationToken);
        }

        Put("a.md", "---\nkey: k\n---\n# A\n\nFirst.\n");
        Put("b.md", "# B\n\nSecond.\n");
        Assert.Equal("2 0 0 0: in:b in:k in:x", Step());
        Directory.CreateDirectory(_folder["in/sub"]);
        File.Move(_folder["in/a.md"], _folder["in/sub/moved.md"]);
        Assert.Equal("0 0 1 0: in:b in:k in:x", Step());
        File.Delete(_folder["in/sub/moved.md"]);
        Assert.Equal("0 0 0 1: in:b in:x", Step());
    }

    [Fact]
    public void A_changed_source_json_and_archives_are_followed()
    {
        Put("a.md", "# A\n\nFirst.\n");
        File.WriteAllBytes(_folder["in/z.zip"], Zips.Of(("one.md", "# One\n\nText one.\n"), ("two.md", "# Two\n\nText two.\n")));
        Assert.Equal("3 0 0 0: in:a in:z.zip/one in:z.zip/two", Step());
        Put("source.json", "{\"source\":\"ward\"}");
        Assert.Equal("3 0 0 3: ward:a ward:z.zip/one ward:z.zip/two", Step());
        Put("source.json", "{\"source\":\"wa"); // half written: nothing moves to another source
        Assert.Contains("source.json", Assert.Throws<JmlrDataException>(() => _watch.Look(out _trouble)).Path, StringComparison.Ordinal);
        Put("source.json", "{\"source\":\"ward\"}");
        File.WriteAllBytes(_folder["in/z.zip"], Zips.Of(("two.md", "# Two\n\nText two.\n")));
        Assert.Equal("0 0 1 1: ward:a ward:z.zip/two", Step());
    }

    [Fact]
    public void A_file_that_cannot_be_read_now_keeps_its_documents()
    {
        Put("a.json", "[{\"id\":\"1\",\"text\":\"One.\"},{\"id\":\"2\",\"text\":\"Two.\"}]");
        Put("b.jsonl", "{\"id\":\"3\",\"text\":\"Three.\"}\n{\"id\":\"4\",\"text\":\"Four.\"}\n");
        Step();
        Put("a.json", "[{\"id\":\"1\",\"te");
        Put("b.jsonl", "{\"id\":\"3\",\"text\":\"Three.\"}\n{\"id\":\"4\",\"te\n");
        Assert.Equal("0 0 1 0: in:1 in:2 in:3 in:4", Step());
        Put("a.json", "[{\"id\":\"2\",\"text\":\"Two.\"}]");
        Assert.Equal("0 0 1 1: in:2 in:3 in:4", Step());
    }

    [Fact]
    public void A_folder_that_is_gone_or_empty_of_a_sudden_changes_nothing()
    {
        Put("a.md", "# A\n\nFirst.\n");
        Put("b.md", "# B\n\nSecond.\n");
        Step();
        Directory.Move(_folder["in"], _folder["away"]);
        Assert.Equal("nothing: in:a in:b", Step());
        Assert.Contains("is not there", _trouble, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["in"]);
        Assert.Equal("nothing: in:a in:b", Step());
        Assert.Contains("is empty now", _trouble, StringComparison.Ordinal);
        Directory.Delete(_folder["in"]);
        Directory.Move(_folder["away"], _folder["in"]);
        Assert.Equal("nothing: in:a in:b", Step());
        File.Delete(_folder["in/a.md"]);
        Assert.Equal("0 0 0 1: in:b", Step());
        File.Delete(_folder["in/b.md"]); // the last one is taken at its word
        Assert.Equal("0 0 0 1: ", Step());
    }
}
