using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Tests;

/// <summary>Hand-made documents.</summary>
static class Samples
{
    public const string Chunker = "chunker-of-the-tests";

    public static Document Document(string name, string text = "Give oxygen to all patients.", string? date = null, string? supersedes = null, bool withdrawn = false, string source = "test")
    {
        DateOnly? published = date is null ? null : DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture);
        return new Document
        {
            Key = new DocumentKey(source, name),
            Version = new DocumentVersion($"{text.Length:x4}{(uint)text.Aggregate(17, (h, c) => unchecked((h * 31) + c)):x8}", published),
            Title = $"Title of {name}",
            Provenance = new Provenance
            {
                Source = source,
                Publisher = "Publisher",
                Published = published,
                Withdrawn = withdrawn,
                Supersedes = supersedes is null ? null : DocumentKey.Parse(supersedes),
                Retrieved = DateTimeOffset.UnixEpoch.AddDays(20000),
                Format = "text",
            },
            Text = text,
            Sections = [new Section(["Care"], new CharSpan(0, text.Length), [new Block(BlockForm.Paragraph, new CharSpan(0, text.Length), ContentKind.Recommendation, "A")])],
        };
    }

    public static Passage[] Passages(Document document, int count = 1) => [.. Enumerable.Range(0, count).Select(ordinal => new Passage
    {
        Id = new PassageId(document.Key, document.Version, ordinal), Title = document.Title, HeadingPath = ["Care", "Acute ≥ 92 %"],
        Text = $"{ordinal}: {document.Text}", Span = new CharSpan(0, document.Text.Length), Kind = ContentKind.Recommendation, Grade = "1B",
    })];
}

/// <summary>A folder that goes away with the test.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("jmlr-ingest-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
