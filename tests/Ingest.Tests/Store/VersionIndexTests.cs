using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store.Catalogue;

namespace Jmlr.Ingest.Tests.Store;

public class VersionIndexTests
{
    [Fact]
    public void It_knows_what_a_table_of_all_entries_would()
    {
        Random random = new(3);
        VersionIndex index = new();
        Dictionary<(DocumentKey, DocumentVersion), CatalogueEntry> all = [];
        for (int i = 0; i < 5000; i++)
        {
            DateOnly? day = random.Next(3) == 0 ? null : new DateOnly(2020, 1, 1 + random.Next(3));
            CatalogueEntry entry = new()
            {
                Key = new DocumentKey("s", $"{(random.Next(2) == 0 ? "é" : "")}{random.Next(300)}{new string('n', random.Next(40) == 0 ? 2000 : 0)}"),
                Version = new DocumentVersion($"{random.Next(4):x12}", day),
                Title = "T",
                Provenance = new Provenance { Source = "s" },
                PassageCount = random.Next(5),
                TextLength = 1,
                Ingested = default,
                Sequence = i,
                Removed = random.Next(4) == 0,
                Document = 64,
                Groups = [],
            };
            index.Set(entry);
            all[(entry.Key, entry.Version)] = entry;
            Assert.Equal(
                all.Values.Where(other => other.Key == entry.Key && !other.Removed).Select(static other => (other.Version.Digest(), other.PassageCount, other.Sequence)).OrderBy(static one => one.Sequence),
                index.Present(entry.Key).Select(static known => (known.Version, known.Passages, known.Sequence)).OrderBy(static one => one.Sequence));
        }

        Assert.Equal((all.Count, all.Values.Sum(static entry => entry.PassageCount), 4999), (index.Versions, index.Passages, index.LastSequence));
        Assert.Empty(index.Present(new DocumentKey("other", "1")));
    }
}
