using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Reads files and texts as the pipeline would.</summary>
static class Sources
{
    public static SourceFile File(string path, ReadOnlyMemory<byte> content) => new(path, content, new Provenance { Source = "test" });

    public static List<Document> All(string path, string content) => All(path, Encoding.UTF8.GetBytes(content));

    public static List<Document> All(string path, byte[] content)
    {
        SourceFile file = File(path, content);
        return [.. ReaderRegistry.Default.For(file).Read(file)];
    }

    public static Document Text(string path, string content) => Assert.Single(All(path, content));

    public static Document Read(string path) => Assert.Single(All(Path.GetFileName(path), System.IO.File.ReadAllBytes(path)));

    public static Document? TryRead(string path)
    {
        try
        {
            return Read(path);
        }
        catch (JmlrDataException error) when (error.What.Contains("no text", StringComparison.Ordinal))
        {
            return null;
        }
    }

    public static string Of(this Document document, Block block) => document.Text[block.Span.Start..block.Span.End];

    public static IEnumerable<Block> Blocks(this Document document) => document.Sections.SelectMany(section => section.Blocks);

    /// <summary>Sections and blocks are ordered, inside the text, and cover all of it but for white space and headings.</summary>
    public static void CheckStructure(Document document)
    {
        int at = 0;
        foreach (Section section in document.Sections)
        {
            Assert.True(section.Span.Start >= at && section.Span.End <= document.Text.Length, $"{document.Key}: section at {section.Span} after {at}");
            Assert.True(string.IsNullOrWhiteSpace(document.Text[at..section.Span.Start]), $"{document.Key}: text between sections '{document.Text[at..section.Span.Start]}'");
            Assert.NotEmpty(section.Blocks);
            int inside = section.Span.Start;
            foreach (Block block in section.Blocks)
            {
                Assert.True(block.Span.Start >= inside && block.Span.End <= section.Span.End && block.Span.Length > 0, $"{document.Key}: block {block.Span} after {inside} in {section.Span}");
                inside = block.Span.End;
            }

            at = section.Span.End;
        }

        Assert.True(string.IsNullOrWhiteSpace(document.Text[at..]));
        Assert.DoesNotContain(document.Text, c => c != '\n' && char.IsControl(c));
    }
}
