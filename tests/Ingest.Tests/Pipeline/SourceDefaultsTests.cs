using System.Formats.Tar;
using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Ingest.Tests.Readers;

namespace Jmlr.Ingest.Tests.Pipeline;

public class SourceDefaultsTests
{
    private const string Outer = "{\"source\":\"outer\",\"publisher\":\"The Panel\",\"licence\":\"CC0\",\"published\":\"2020-02-03\",\"grade_scheme\":\"GRADE\"}";
    private const string Inner = "{\"source\":\"inner\",\"license\":\"CC BY 4.0\",\"withdrawn\":true}";

    private static readonly (string Name, string Text)[] Files =
        [("a.md", "# A\n\nWords of A.\n"), ("source.json", Outer), ("sub/b.md", "---\npublished: 2021-01-01\n---\n# B\n\nWords of B.\n"), ("sub/deep/c.md", "# C\n\nWords of C.\n"), ("sub/source.json", Inner)];

    private static readonly string[] Expected =
        ["inner:b The Panel CC BY 4.0 2021-01-01 GRADE Withdrawn", "inner:c The Panel CC BY 4.0 2020-02-03 GRADE Withdrawn", "outer:a The Panel CC0 2020-02-03 GRADE InForce"];

    private static (IngestResult Result, string[] Documents) Ingest(string path, IngestRequest? request = null)
    {
        using TemporaryFolder folder = new();
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        IngestResult result = new IngestPipeline(store, new Chunker(new WordTokenizer())).Run((request ?? new IngestRequest { Paths = [] }) with { Paths = [path] }, cancellation: TestContext.Current.CancellationToken);
        return (result, [.. store.Documents.Select(Line).Order(StringComparer.Ordinal)]);
    }

    private static string Line(DocumentRecord d) =>
        $"{d.Key.Source}:{d.Key.Name[(d.Key.Name.LastIndexOf('/') + 1)..]} {d.Provenance.Publisher} {d.Provenance.Licence} {d.Provenance.Published:yyyy-MM-dd} {d.Provenance.EvidenceGrade} {d.State}";

    private static byte[] Tar(IEnumerable<(string Name, string Text)> files)
    {
        using MemoryStream bytes = new();
        using (TarWriter tar = new(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach ((string name, string text) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            }
        }

        return bytes.ToArray();
    }

    [Fact]
    public void A_source_json_holds_for_its_folder_and_below_in_folders_and_in_archives()
    {
        using TemporaryFolder folder = new();
        foreach ((string name, string text) in Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[$"in/{name}"])!);
            File.WriteAllText(folder[$"in/{name}"], text);
        }

        Assert.Equal(Expected, Ingest(folder["in"]).Documents);
        File.WriteAllBytes(folder["x.zip"], Zips.Of([.. Files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Text)))]));
        (IngestResult zip, string[] documents) = Ingest(folder["x.zip"]);
        Assert.Empty(zip.Rejected);
        Assert.Equal(Expected, documents);
        File.WriteAllBytes(folder["x.tar"], Tar(Files.OrderBy(static file => !file.Name.EndsWith(".json", StringComparison.Ordinal)).Select(static file => ($"./{file.Name}", file.Text))));
        (IngestResult tar, documents) = Ingest(folder["x.tar"]);
        Assert.Empty(tar.Rejected);
        Assert.Equal(Expected, documents);
    }

    [Fact]
    public void In_a_tar_a_source_json_behind_its_files_is_rejected_and_the_files_are_read()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["x.tar"], Tar([("a.md", "# A\n\nWords.\n"), ("source.json", Outer), ("sub/source.json", "{"), ("sub/b.md", "# B\n\nWords.\n")]));
        (IngestResult result, string[] documents) = Ingest(folder["x.tar"]);
        Assert.Equal(2, documents.Length);
        Assert.Equal(["x.tar/source.json", "x.tar/sub/source.json"], result.Rejected.Select(r => r.Path));
        Assert.True(result.Rejected[0].Why.Contains("before them", StringComparison.Ordinal) && result.Rejected[1].Why.Contains("not valid JSON", StringComparison.Ordinal), string.Join('\n', result.Rejected));
    }

    [Fact]
    public void Options_come_before_source_json_and_after_what_a_file_says()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["source.json"], Outer);
        File.WriteAllText(folder["a.md"], "---\nlicence: MIT\n---\n# A\n\nWords.\n");
        IngestRequest request = new() { Paths = [], Source = "mine", Given = new GivenProvenance { Publisher = "Mine", Licence = "mine", Published = new DateOnly(2022, 2, 2) } };
        Assert.Equal(["mine:a Mine MIT 2022-02-02 GRADE InForce"], Ingest(folder["*.md"], request).Documents);
    }

    [Theory]
    [InlineData("{\"published\":\"May 2020\"}", "published")]
    [InlineData("{\"withdrawn\":\"yes\"}", "withdrawn")]
    [InlineData("[1]", "line 1")]
    public void A_damaged_source_json_is_rejected_with_the_place_and_the_rest_is_read(string json, string place)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["in/sub"]);
        File.WriteAllText(folder["in/source.json"], Outer);
        File.WriteAllText(folder["in/a.md"], "# A\n\nWords.\n");
        File.WriteAllText(folder["in/sub/source.json"], json);
        File.WriteAllText(folder["in/sub/b.md"], "# B\n\nWords.\n");
        File.WriteAllText(folder["in/sub/c.md"], "# C\n\nWords.\n");
        (IngestResult result, string[] documents) = Ingest(folder["in"]);
        Rejection refused = Assert.Single(result.Rejected);
        Assert.Equal("sub/source.json", refused.Path);
        Assert.True(refused.Why.Contains(place, StringComparison.Ordinal) && refused.Why.EndsWith("its folder is read without it", StringComparison.Ordinal), refused.Why);
        Assert.Equal(["outer:a", "outer:b", "outer:c"], documents.Select(line => line[..line.IndexOf(' ', StringComparison.Ordinal)]));

        // Named one by one, or by a pattern, it is said once.
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        IngestRequest request = new() { Paths = [folder["in/sub/b.md"], folder["in/sub/c.md"], folder["in/sub/*.md"]] };
        result = new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(request, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal("source.json", Assert.Single(result.Rejected).Path);
        Assert.Equal(["sub:b", "sub:c"], store.Documents.Select(d => d.Key.ToString()));
    }

    [Fact]
    public void The_readme_of_a_folder_with_a_source_json_is_no_document()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["sub"]);
        File.WriteAllText(folder["source.json"], Outer);
        File.WriteAllText(folder["README.md"], "# About\n\nAbout the files.\n");
        File.WriteAllText(folder["a.md"], "# A\n\nWords.\n");
        File.WriteAllText(folder["sub/README.md"], "# Sub\n\nWords below.\n");
        string[] keys = [.. Ingest(folder.Path).Documents.Select(line => line[..line.IndexOf(' ', StringComparison.Ordinal)])];
        Assert.Equal(["outer:README", "outer:a"], keys); // that of the folder below is one
        Assert.Single(Ingest(folder["README.md"]).Documents); // named, it is read
    }
}
