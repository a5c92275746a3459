using System.Text;
using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Nothing lost, nothing invented: the words of real files against an independent extraction.</summary>
public class CoverageTests
{
    [Fact]
    public void Every_visible_word_of_guideline_pages_is_in_the_text_exactly_as_often()
    {
        string folder = SharedData.Require("guidelines/ngc_html");
        foreach (string path in Directory.GetFiles(folder, "*.html").Order(StringComparer.Ordinal).Where((_, i) => i % 15 == 0))
        {
            Document document = Sources.Read(path);
            Dictionary<string, int> source = VisibleWords.OfHtml(File.ReadAllText(path, Encoding.UTF8));
            AssertSame(path, source, VisibleWords.Count(document.Text), allowed: 0);
            Sources.CheckStructure(document);
        }
    }

    [Theory]
    [InlineData("guidelines/markdown/anatomy_book/contents", 7)]
    [InlineData("guidelines/markdown/docsref", 1)]
    public void Every_visible_word_of_Markdown_is_in_the_text(string folder, int step)
    {
        int words = 0, missing = 0, extra = 0;
        List<string> worst = [];
        foreach (string path in Directory.GetFiles(SharedData.Require(folder), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => i % step == 0))
        {
            Document? document = Sources.TryRead(path);
            if (document is null)
            {
                continue; // pages without any text are refused
            }

            Dictionary<string, int> source = VisibleWords.OfMarkdown(File.ReadAllText(path, Encoding.UTF8));
            Dictionary<string, int> text = VisibleWords.Count(document.Text);
            Dictionary<string, int> lost = VisibleWords.Missing(source, text), more = VisibleWords.Missing(text, source);
            words += source.Values.Sum();
            missing += lost.Values.Sum();
            extra += more.Values.Sum();
            if (lost.Count + more.Count > 0)
            {
                worst.Add($"{Path.GetFileName(path)}: lost {string.Join(' ', lost.Take(8))} more {string.Join(' ', more.Take(8))}");
            }

            Sources.CheckStructure(document);
        }

        Assert.True(words > 1000);
        // The rest is the patterns' fault (names of code blocks, links with spaces), looked at by hand.
        Assert.True(missing <= words * 0.002 && extra <= words * 0.002, $"{missing} lost, {extra} more of {words}\n{string.Join('\n', worst.Take(25))}");
    }

    private static void AssertSame(string path, Dictionary<string, int> source, Dictionary<string, int> text, int allowed)
    {
        Dictionary<string, int> lost = VisibleWords.Missing(source, text);
        Dictionary<string, int> more = VisibleWords.Missing(text, source);
        Assert.True(lost.Values.Sum() <= allowed && more.Values.Sum() <= allowed, $"{Path.GetFileName(path)}: lost {string.Join(' ', lost.Take(20))}; more {string.Join(' ', more.Take(20))}");
    }
}
