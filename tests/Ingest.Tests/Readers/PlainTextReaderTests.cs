using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Tests.Readers;

public class PlainTextReaderTests
{
    [Fact]
    public void Underlined_numbered_and_capital_lines_are_headings()
    {
        Document document = Sources.Text("x.txt", "Guideline on cough\n\n1. Scope\n\nAdults with\ncough.\n\nTREATMENT\n\nHoney (Grade B).\n- rest\n- fluids\n\nFollow-up\n---------\nIn a week.\n\n1.2 Details of it\n\nDone.\n");
        Assert.Equal("Guideline on cough", document.Title);
        Assert.Equal(["1. Scope", "TREATMENT", "Follow-up", "Follow-up/1.2 Details of it"], document.Sections.Select(s => string.Join('/', s.HeadingPath)));
        Assert.Equal(["Adults with cough.", "Honey (Grade B).", "- rest", "- fluids", "In a week.", "Done."], document.Blocks().Select(b => document.Of(b)));
        Sources.CheckStructure(document);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'H', 0, (byte)'i', 0, 0xE9, 0 }, "Hié")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, (byte)'H', (byte)'i' }, "Hi")]
    [InlineData(new byte[] { (byte)'c', (byte)'a', (byte)'f', 0xE9, (byte)' ', 0x80 }, "café €")]
    public void Encodings_are_found(byte[] content, string text) => Assert.Equal(text, Assert.Single(Sources.All("x.txt", content)).Text);
}
