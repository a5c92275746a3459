using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Query.Sessions;

namespace Jmlr.Query.Tests.Sessions;

public sealed class StalenessTests
{
    [Fact]
    public void Every_difference_names_its_document()
    {
        DocumentRecord[] records =
        [
            Record("a:same", 2), Record("a:new", 3), Record("a:moved", 1), Record("a:moved", 4, version: "bbbbbbbbbbbb"), Record("a:half", 3),
            Record("a:dropped", 1, VersionState.Removed), Record("a:old", 1, VersionState.Superseded), Record("a:empty", 0),
        ];
        string[] indexed = [.. Ids("a:same", 2), .. Ids("a:moved", 1), .. Ids("a:half", 1), .. Ids("a:dropped", 1), .. Ids("a:old", 1), .. Ids("b:unknown", 2)];
        Staleness stale = Staleness.Of(records, indexed);
        Assert.Equal(
            [
                new StaleDocument("a:dropped@undated.aaaaaaaaaaaa", StaleState.Removed, 1),
                new StaleDocument("a:half@undated.aaaaaaaaaaaa", StaleState.Incomplete, 2),
                new StaleDocument("a:moved@undated.bbbbbbbbbbbb", StaleState.Changed, 4),
                new StaleDocument("a:new@undated.aaaaaaaaaaaa", StaleState.Added, 3),
                new StaleDocument("b:unknown@undated.aaaaaaaaaaaa", StaleState.Removed, 2),
            ],
            stale.Documents);
        Assert.Equal(12, stale.Passages);
        Assert.Empty(Staleness.Of([Record("a:same", 2)], Ids("a:same", 2)).Documents);
    }

    private static DocumentRecord Record(string key, int passages, VersionState state = VersionState.InForce, string version = "aaaaaaaaaaaa") =>
        new(DocumentKey.Parse(key), new DocumentVersion(version, null), key, new Provenance { Source = "a" }, state, passages, 10, default);

    private static IEnumerable<string> Ids(string key, int passages) => Enumerable.Range(0, passages).Select(i => $"{key}@undated.aaaaaaaaaaaa#{i}");
}
