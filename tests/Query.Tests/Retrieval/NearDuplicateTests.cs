using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Tests.Retrieval;

/// <summary>A list of hits shows the best of near-duplicates, names the others, and is full all the same.</summary>
public sealed class NearDuplicateTests : IDisposable
{
    private const string Repeated = "Offer every adult with a confirmed diagnosis the usual treatment and explain that it should be taken every day, also when there are no complaints.";

    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-near-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_best_stands_for_all_and_the_list_is_filled_from_further_down()
    {
        // Ranked by name: forty copies, then one of its own, then more copies, then others.
        List<(string Key, string Text)> passages = [.. Enumerable.Range(0, 40).Select(static i => ($"s:a{i:00}", Repeated)), ("s:b", "Something of its own."), ("s:c", Repeated), ("s:d", "Another thing."), ("s:e", "A third thing.")];
        List<RetrievedPassage> hits = Find(passages, new RetrievalOptions { Top = 3, CollapseDuplicates = true });
        Assert.Equal(["s:a00", "s:b", "s:d"], hits.Select(static hit => hit.Document.Key.ToString()));
        Assert.Equal([1, 2, 3], hits.Select(static hit => hit.Rank));
        Assert.Equal([.. Enumerable.Range(1, 39).Select(static i => $"s:a{i:00}"), "s:c"], hits[0].NearDuplicates.Select(static id => id.Key.ToString()));
        Assert.Empty(hits[1].NearDuplicates);
        hits = Find(passages, new RetrievalOptions { Top = 100, CollapseDuplicates = true });
        Assert.Equal(["s:a00", "s:b", "s:d", "s:e"], hits.Select(static hit => hit.Document.Key.ToString()));
        Assert.Equal(44, hits.Sum(static hit => 1 + hit.NearDuplicates.Count));
        hits = Find(passages, new RetrievalOptions { Top = 3 });
        Assert.Equal(["s:a00", "s:a01", "s:a02"], hits.Select(static hit => hit.Document.Key.ToString()));
        Assert.All(hits, static hit => Assert.Empty(hit.NearDuplicates));
    }

    [Fact]
    public void Versions_of_a_document_and_what_was_superseded_are_shown()
    {
        List<(string Key, string Text)> passages = [("s:a", Repeated), ("s:b", Repeated)];
        List<RetrievedPassage> hits = Find(passages, new RetrievalOptions { Top = 5, CollapseDuplicates = true, Filter = new PassageFilter { IncludeSuperseded = true } }, former: "s:a");
        Assert.Equal(2, hits.Count(static hit => hit.Document.Key.Name == "a"));
        Assert.DoesNotContain(hits.SelectMany(static hit => hit.NearDuplicates), static id => id.Key.Name == "a");
    }

    private List<RetrievedPassage> Find(List<(string Key, string Text)> passages, RetrievalOptions options, string? former = null)
    {
        string folder = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        using (PassageStore writer = PassageStore.OpenForWriting(folder))
        {
            foreach ((string key, string text) in passages)
            {
                Put(writer, key, text, new DateOnly(2022, 1, 1));
            }

            if (former is not null)
            {
                Put(writer, former, Repeated, new DateOnly(2020, 1, 1));
            }

            writer.Commit();
        }

        using PassageStore store = PassageStore.OpenForReading(folder);
        List<string> ids = [.. store.Documents.SelectMany(store.ReadPassages).Select(static passage => passage.Id.ToString())];
        using FilterTests.NoEncoder encoder = new();
        return [.. new PassageRetriever(encoder, new FilterTests.ByName(ids), store).Retrieve("anything", options, TestContext.Current.CancellationToken).Passages];
    }

    private static void Put(PassageStore store, string key, string text, DateOnly published)
    {
        Document document = new()
        {
            Key = DocumentKey.Parse(key),
            Version = new DocumentVersion("0123456789ab", published),
            Title = key,
            Text = text,
            Sections = [],
            Provenance = new Provenance { Source = "s", Published = published },
        };
        store.Put(document, [new Passage { Id = new PassageId(document.Key, document.Version, 0), Title = key, HeadingPath = [], Text = text, Span = new CharSpan(0, text.Length) }], "chunker");
    }
}
