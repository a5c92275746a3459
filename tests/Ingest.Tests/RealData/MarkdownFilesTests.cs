using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Ingest.Tests.RealData;

/// <summary>The chapters of a textbook and a folder of notes.</summary>
public class MarkdownFilesTests
{
    private const int Length = 180;

    [Theory]
    [InlineData("guidelines/markdown/anatomy_book/contents", 198, 4)]
    [InlineData("guidelines/markdown/docsref", 137, 1)]
    public void Every_visible_word_is_in_the_text_in_its_order_and_in_passages(string folder, int files, int step)
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.FromFile(SharedData.Require("tokenizers/bert_base_uncased_vocab.txt"));
        Chunker chunker = new(tokenizer, ChunkerOptions.For(Length));
        string[] paths = RealFiles.Of(folder, "*.md", step);
        Assert.Equal(RealFiles.Whole ? files : (files + step - 1) / step, paths.Length);
        int words = 0, missing = 0, extra = 0;
        List<string> worst = [];
        RealFiles.Check(paths, path =>
        {
            Document document = Sources.Read(path);
            List<string> source = VisibleWords.OfMarkdown(File.ReadAllText(path, Encoding.UTF8)), text = VisibleWords.Split(document.Text);
            Dictionary<string, int> lost = VisibleWords.Missing(VisibleWords.Count(source), VisibleWords.Count(text)), more = VisibleWords.Missing(VisibleWords.Count(text), VisibleWords.Count(source));
            lock (worst)
            {
                words += source.Count;
                missing += lost.Values.Sum();
                extra += more.Values.Sum();
                worst.Add(lost.Count + more.Count == 0 ? "" : $"{Path.GetFileName(path)}: lost {string.Join(' ', lost.Take(8))} more {string.Join(' ', more.Take(8))}");
            }

            Sources.CheckStructure(document);
            double order = ReadingOrder.Agreement(source, text);
            return [.. PassageChecks.Faults(document, chunker.Chunk(document), tokenizer, Length), .. order >= 0.98 ? (string[])[] : [$"{order:P2} of the words in order"]];
        });
        // The rest is the patterns' fault (names of code blocks, links with spaces), looked at by hand.
        Assert.True(missing <= words * 0.002 && extra <= words * 0.002, $"{missing} lost, {extra} more of {words}\n{string.Join('\n', worst.Where(static w => w.Length > 0).Take(25))}");
    }

    [Fact]
    public void Chapters_are_read_in_the_order_of_the_table_of_contents()
    {
        string book = SharedData.Require("guidelines/markdown/anatomy_book");
        string[] names = [.. FileFinder.Find(new IngestRequest { Paths = [book] }).Select(static file => file.Name)];
        string[] listed = [.. System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(Path.Combine(book, "SUMMARY.md")), @"\]\((?<to>[^)]*\.md)\)").Select(static link => link.Groups["to"].Value)];
        Assert.Equal((198, 200), (listed.Length, names.Length));
        Assert.Equal(listed, names.Where(static name => name.StartsWith("contents/", StringComparison.Ordinal)));
    }
}
