using Jmlr.Index.Interop;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;

namespace Jmlr.Query.Tests.Sessions;

/// <summary>The map of a foreign index names exactly one passage of the store for each number, or is refused with the reason.</summary>
public sealed class ImportedIdsTests : IDisposable
{
    private const string First = "web:a@undated.0123456789ab#0", Second = "web:a@undated.0123456789ab#1";
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-ids-").FullName;
    private readonly PassageStore _store;

    public ImportedIdsTests()
    {
        string path = Path.Combine(_folder, "store");
        using (PassageStore writer = PassageStore.OpenForWriting(path))
        {
            var document = new Document
            {
                Key = DocumentKey.Parse("web:a"),
                Version = new DocumentVersion("0123456789ab", null),
                Title = "a",
                Text = "text",
                Sections = [],
                Provenance = new Provenance { Source = "web" },
            };
            writer.Put(document, [.. Enumerable.Range(0, 2).Select(i => new Passage { Id = new PassageId(document.Key, document.Version, i), Title = "a", HeadingPath = [], Text = $"text {i}", Span = new CharSpan(0, 4) })], "chunker");
            writer.Commit();
        }

        _store = PassageStore.OpenForReading(path);
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Names_come_in_the_order_of_the_numbers_with_the_hash_of_the_text()
    {
        ImportedPassage[] mapped = Map($$"""{"1":"{{First}}","0":"{{Second}}"}"""), listed = List($"{Second}\n  {First}  \n");
        Assert.Equal([Second, First], mapped.Select(passage => passage.Id));
        Assert.Equal([Second, First], listed.Select(passage => passage.Id));
        Assert.All(mapped.Concat(listed), passage => Assert.Equal(32, passage.TextHash.Length));
        Assert.NotEqual(mapped[0].TextHash.ToArray(), mapped[1].TextHash.ToArray());
    }

    [Theory]
    [InlineData("""{"0":null}""", "'0' is a Null")]
    [InlineData("""{"0":7}""", "'0' is a Number")]
    [InlineData("""{"0":["x"]}""", "'0' is a Array")]
    [InlineData("""{"zero":"FIRST"}""", "'zero'")]
    [InlineData("""{"-1":"FIRST"}""", "'-1'")]
    [InlineData("""{"99999999999":"FIRST"}""", "'99999999999'")]
    [InlineData("""{"0":"FIRST","0":"SECOND"}""", "passage 0 is named twice")]
    [InlineData("""{"0":"FIRST","1":"FIRST"}""", "passages 0 and 1")]
    [InlineData("""{"0":"FIRST","2":"SECOND"}""", "passage 1")]
    [InlineData("""{"1":"FIRST"}""", "passage 0")]
    [InlineData("""{"0":""}""", "passage 0 is named ''")]
    [InlineData("""{"0":"../../etc/passwd"}""", "source:name@version#ordinal")]
    [InlineData("""{"0":"web:a@undated.0123456789ab#2"}""", "not in the store")]
    [InlineData("""{"0":"\ud800"}""", "JSON")]
    [InlineData("""["FIRST"]""", "no JSON object")]
    [InlineData("null", "no JSON object")]
    [InlineData("{", "JSON")]
    public void An_odd_map_is_refused(string json, string expected)
    {
        JmlrDataException error = Assert.Throws<JmlrDataException>(() => Map(json.Replace("FIRST", First, StringComparison.Ordinal).Replace("SECOND", Second, StringComparison.Ordinal)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("pid_docid_map.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FIRST\nFIRST\n", "passages 0 and 1")]
    [InlineData("FIRST\n\nSECOND\n", "passage 1 is named ''")]
    public void An_odd_list_is_refused(string lines, string expected) =>
        Assert.Contains(expected, Assert.Throws<JmlrDataException>(() => List(lines.Replace("FIRST", First, StringComparison.Ordinal).Replace("SECOND", Second, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    private ImportedPassage[] Map(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "pid_docid_map.json"), json);
        return ImportedIds.Read(_store, _folder, null);
    }

    private ImportedPassage[] List(string lines)
    {
        string path = Path.Combine(_folder, "ids.txt");
        File.WriteAllText(path, lines);
        return ImportedIds.Read(_store, _folder, path);
    }
}
