using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Ingest.Tests.RealData;

/// <summary>The 1,069 pages of the National Guideline Clearinghouse.</summary>
public partial class GuidelinePagesTests
{
    private const int Length = 180;

    [Fact]
    public void Every_page_comes_out_whole_with_its_fields_and_in_passages()
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.FromFile(SharedData.Require("tokenizers/bert_base_uncased_vocab.txt"));
        Chunker chunker = new(tokenizer, ChunkerOptions.For(Length));
        string[] pages = RealFiles.Of("guidelines/ngc_html", "*.html", step: 8);
        Assert.Equal(RealFiles.Whole ? 1069 : 134, pages.Length);
        RealFiles.Check(pages, path =>
        {
            string html = File.ReadAllText(path, Encoding.UTF8);
            Document document = Sources.Read(path);
            Sources.CheckStructure(document);
            return [.. Words(html, document), .. Fields(path, html, document), .. PassageChecks.Faults(document, chunker.Chunk(document), tokenizer, Length)];
        });
    }

    [Fact]
    public void What_a_site_adds_to_its_pages_is_left_out_to_the_last_word()
    {
        RealFiles.Check(RealFiles.Of("guidelines/ngc_html", "*.html", step: 32), path =>
        {
            string html = File.ReadAllText(path, Encoding.UTF8);
            string more = Boilerplate.AddTo(html, seed: path.Length + html.Length);
            string with = Sources.Text("page.html", more).Text, without = Sources.Text("page.html", html).Text;
            return with.Contains(Boilerplate.Mark, StringComparison.Ordinal) ? [$"'{with[with.IndexOf(Boilerplate.Mark, StringComparison.Ordinal)..][..20]}' in the text"] : with == without ? [] : ["another text"];
        });
    }

    /// <summary>Every visible word as often as in the page, and in its order.</summary>
    private static IEnumerable<string> Words(string html, Document document)
    {
        List<string> page = VisibleWords.InOrder(html), text = VisibleWords.Split(document.Text);
        Dictionary<string, int> lost = VisibleWords.Missing(VisibleWords.Count(page), VisibleWords.Count(text));
        Dictionary<string, int> more = VisibleWords.Missing(VisibleWords.Count(text), VisibleWords.Count(page));
        if (lost.Count + more.Count > 0)
        {
            yield return $"lost {lost.Values.Sum()} of {page.Count} words: {string.Join(' ', lost.Take(20))}; more {string.Join(' ', more.Take(20))}";
        }

        if (ReadingOrder.Agreement(page, text) is double order and < 1)
        {
            yield return $"{order:P2} of the words in order";
        }
    }

    private static IEnumerable<string> Fields(string path, string html, Document document)
    {
        if (document.Key.Name != Path.GetFileNameWithoutExtension(path) || string.IsNullOrWhiteSpace(document.Provenance.Publisher))
        {
            yield return $"key {document.Key}, developer '{document.Provenance.Publisher}'";
        }

        int? year = Year().Matches(Released().Match(html).Groups["text"].Value).Select(static match => (int?)int.Parse(match.Value, CultureInfo.InvariantCulture)).Max();
        if (year is null || document.Provenance.Published?.Year != year)
        {
            yield return $"released {year}, read as {document.Provenance.Published}";
        }

        int recommended = document.Sections.Where(static s => s.HeadingPath.Contains("Major Recommendations")).Sum(static s => s.Span.Length);
        if (recommended < 100)
        {
            yield return $"Major Recommendations of {recommended} characters";
        }
    }

    [GeneratedRegex(@"<h3>Date Released</h3>\s*(?<text>[^<]+)")]
    private static partial Regex Released();

    [GeneratedRegex(@"\b(19|20)\d\d\b")]
    private static partial Regex Year();
}
