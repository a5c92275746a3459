namespace Jmlr.Ingest.Tests.Readers;

public class MarkdownTests
{
    [Fact]
    public void Footnotes_keep_their_numbers_and_stay_apart_from_the_word_before()
    {
        Assert.Equal("Give oxygen [1] now.\n\n1. BTS guideline.", Sources.Text("a.md", "Give oxygen[^1] now.\n\n[^1]: BTS guideline.\n").Text);
    }
}
