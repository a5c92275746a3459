using Jmlr.Ingest.Chunking;

namespace Jmlr.Ingest.Tests.Chunking;

public class SentenceSplitterTests
{
    [Theory]
    [InlineData("Give oxygen. Then wait.", "Give oxygen.|Then wait.")]
    [InlineData("Use a statin, e.g. Atorvastatin 20 mg. Review in 3 months.", "Use a statin, e.g. Atorvastatin 20 mg.|Review in 3 months.")]
    [InlineData("Dr. Smith and J. Jones et al. Reported it.", "Dr. Smith and J. Jones et al. Reported it.")]
    [InlineData("The dose is 2.5 mg. daily for adults.", "The dose is 2.5 mg. daily for adults.")]
    [InlineData("Treat early. (Grade A) Review later.", "Treat early. (Grade A)|Review later.")]
    [InlineData("Treat early. [Strong recommendation] Review later.", "Treat early. [Strong recommendation]|Review later.")]
    [InlineData("Is it? Yes! \"Quite.\" So be it.", "Is it?|Yes!|\"Quite.\"|So be it.")]
    [InlineData("1. First item. 2. Second item.", "1. First item.|2. Second item.")]
    [InlineData("Line one\nLine two", "Line one|Line two")]
    [InlineData("SpO2 < 92 %... Act.", "SpO2 < 92 %...|Act.")]
    [InlineData("   ", "")]
    public void Sentences_end_where_a_reader_would_end_them(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', SentenceSplitter.Split(text).Select(s => text[s.Start..s.End])));
}
