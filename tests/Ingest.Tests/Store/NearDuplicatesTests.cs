using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;

namespace Jmlr.Ingest.Tests.Store;

public class NearDuplicatesTests
{
    private const string Text = "Offer adults with a confirmed diagnosis of gout who have had two or more attacks in a year treatment that lowers urate, and explain that it should be taken every day, "
        + "also during attacks, because it works by keeping the level below 360 micromoles per litre. Begin two to four weeks after the attack has settled with a low dose and raise it step by step.";

    private static readonly (string Name, string Text)[] Files =
    [
        ("a.txt", Text), ("b.txt", Text.Replace("explain that", "explain why", StringComparison.Ordinal)), ("c.txt", Text.Replace("360", "300", StringComparison.Ordinal)),
        ("d.txt", "Do not offer antibiotics to people with a cold that began fewer than ten days ago, unless there are signs of a complication."), ("e.txt", Text.ToUpperInvariant()),
    ];

    private static IngestResult Ingest(TemporaryFolder folder, params string[] names)
    {
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        return new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(new IngestRequest { Paths = [.. names.Select(name => folder[name])], Source = "s", BatchSize = 2 }, cancellation: TestContext.Current.CancellationToken);
    }

    /// <summary>By name of the document: names of those that are near to its only passage.</summary>
    private static Dictionary<string, string> Near(TemporaryFolder folder)
    {
        using PassageStore store = PassageStore.OpenForReading(folder["store"]);
        Dictionary<string, string> near = [];
        foreach (DocumentRecord record in store.Documents.Where(static record => record.State == VersionState.InForce))
        {
            IReadOnlyList<PassageId> ids = Assert.Single(store.NearDuplicates(store.ReadPassages(record)));
            near[record.Key.ToString()] = string.Join(' ', ids.Select(static id => id.Key.Name).Order(StringComparer.Ordinal));
        }

        return near;
    }

    private static TemporaryFolder Written()
    {
        TemporaryFolder folder = new();
        foreach ((string name, string text) in Files)
        {
            File.WriteAllText(folder[name], text);
        }

        return folder;
    }

    [Fact]
    public void Near_duplicates_are_counted_and_named_and_all_are_stored()
    {
        using TemporaryFolder folder = Written();
        IngestResult result = Ingest(folder, "a.txt", "b.txt", "c.txt", "d.txt");
        Assert.Equal((4, 1), (result.Passages, result.NearDuplicates));
        result = Ingest(folder, "a.txt", "e.txt");
        Assert.Equal((1, 1), (result.Added, result.NearDuplicates)); // of what is new, with what was there
        Assert.Equal(0, Ingest(folder, "a.txt", "e.txt").NearDuplicates);
        Assert.Equal(new Dictionary<string, string> { ["s:a"] = "b e", ["s:b"] = "a e", ["s:c"] = "", ["s:d"] = "", ["s:e"] = "a b" }, Near(folder));
    }

    [Fact]
    public void Versions_of_a_document_are_no_near_duplicates_and_what_is_removed_is_not_named()
    {
        using TemporaryFolder folder = Written();
        Ingest(folder, "a.txt", "b.txt");
        File.WriteAllText(folder["a.txt"], Text + " Review it.");
        Assert.Equal(1, Ingest(folder, "a.txt").NearDuplicates); // with b
        Assert.Equal(new Dictionary<string, string> { ["s:a"] = "b", ["s:b"] = "a" }, Near(folder));
        using (PassageStore store = PassageStore.OpenForWriting(folder["store"]))
        {
            store.Rename("s", "t", TestContext.Current.CancellationToken);
            store.Commit();
        }

        Assert.Equal(new Dictionary<string, string> { ["t:a"] = "b", ["t:b"] = "a" }, Near(folder));
        using (PassageStore store = PassageStore.OpenForWriting(folder["store"]))
        {
            store.Remove(new DocumentKey("t", "b"));
            store.Commit();
        }

        Assert.Equal(new Dictionary<string, string> { ["t:a"] = "" }, Near(folder));
    }

    [Fact]
    public void A_file_of_sketches_that_is_missing_cut_damaged_or_ahead_changes_nothing()
    {
        using TemporaryFolder folder = Written();
        Ingest(folder, "a.txt", "b.txt", "c.txt");
        Dictionary<string, string> expected = Near(folder);
        string path = Path.Combine(folder["store"], "similar.bin");
        byte[] whole = File.ReadAllBytes(path);
        byte[] flipped = [.. whole];
        flipped[^9] ^= 4;
        byte[][] damages = [[], whole[..^1], whole[..40], flipped, [.. whole, .. whole], [.. whole, .. "remains of a commit that was never made"u8]];
        foreach (byte[] damage in damages)
        {
            File.WriteAllBytes(path, damage);
            Assert.Equal(expected, Near(folder));
            using TemporaryFolder next = Written();
            foreach (string file in Directory.EnumerateFiles(folder["store"], "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(next["store"], Path.GetRelativePath(folder["store"], file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            Assert.Equal((1, 1), (Ingest(next, "e.txt").Added, Ingest(next, "d.txt", "e.txt").Added)); // made anew by the first commit
            Assert.Equal("a b", Near(next)["s:e"]);
        }

        File.Delete(path);
        Assert.Equal(expected, Near(folder));
        Assert.Equal(1, Ingest(folder, "e.txt").NearDuplicates);
        Assert.Equal("a b", Near(folder)["s:e"]);
    }
}
