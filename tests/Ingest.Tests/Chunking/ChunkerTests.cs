using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Ingest.Tests.RealData;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Ingest.Tests.Chunking;

public class ChunkerTests
{
    private static readonly Chunker Small = new(new WordTokenizer(), new ChunkerOptions { Target = 24, Maximum = 40 });

    [Fact]
    public void A_recommendation_stays_with_its_lead_in_and_its_grade()
    {
        string filler = string.Join("\n\n", Enumerable.Range(0, 9).Select(i => $"Filler paragraph {i} with a few words in it."));
        for (int pad = 0; pad < 12; pad++)
        {
            string words = string.Join(' ', Enumerable.Repeat("word", pad + 1));
            Document document = Sources.Text("a.md", $"# Title\n\n## Care\n\n{filler}\n\n{words}\n\nRecommendation 3:\n\nGive oxygen at once to all who need it.\n\nGrade: B\n\n{filler}\n");
            Passage passage = Small.Chunk(document).Single(p => p.Text.Contains("Give oxygen", StringComparison.Ordinal));
            Assert.Contains("Recommendation 3:\nGive oxygen at once to all who need it.", passage.Text, StringComparison.Ordinal);
            Assert.Contains("Grade: B", passage.Text, StringComparison.Ordinal);
            Assert.Equal(("B", ContentKind.Recommendation), (passage.Grade, passage.Kind));
        }
    }

    [Fact]
    public void A_table_is_split_by_rows_with_caption_and_headers()
    {
        string rows = string.Join('\n', Enumerable.Range(1, 20).Select(i => $"<tr><td>Drug{i}</td><td>{i} mg twice daily</td></tr>"));
        Document document = Sources.Text("a.html", $"<html><body><h1>T</h1><table><caption>Doses for adults</caption><tr><th>Drug</th><th>Dose</th></tr>{rows}</table></body></html>");
        IReadOnlyList<Passage> passages = Small.Chunk(document);
        Assert.True(passages.Count > 3);
        Assert.All(passages, passage => Assert.StartsWith("Doses for adults\n", passage.Text, StringComparison.Ordinal));
        Assert.All(passages, passage => Assert.Equal(ContentKind.Table, passage.Kind));
        Assert.Equal(20, passages.Sum(passage => passage.Text.Split('\n').Count(line => line.StartsWith("Drug: Drug", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_table_that_fits_into_a_passage_is_not_torn()
    {
        string[] rows = ["<tr><td>Over 12 years</td><td>500</td></tr>", "<tr><td>6 to 12 years</td><td>300</td></tr>", "<tr><td>Under 6 years</td><td>150</td></tr>"];
        for (int pad = 0; pad < 40; pad++)
        {
            string words = string.Join(' ', Enumerable.Repeat("word", pad + 1));
            Document document = Sources.Text("a.html", $"<html><body><h1>T</h1><p>{words}.</p><table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr>{string.Concat(rows)}</table><p>{words}.</p></body></html>");
            IReadOnlyList<Passage> passages = Small.Chunk(document);
            Passage table = passages.First(passage => passage.Text.Contains("Doses", StringComparison.Ordinal));
            Assert.All(["500", "300", "150"], dose => Assert.Contains(dose, table.Text, StringComparison.Ordinal));
            PassageChecks.Check(document, passages, new WordTokenizer(), 40);
        }
    }

    [Fact]
    public void Only_a_sentence_longer_than_a_passage_is_cut_with_overlap()
    {
        string sentence = string.Join(' ', Enumerable.Range(0, 150).Select(i => $"w{i}"));
        Document document = Sources.Text("a.txt", $"Short one. {sentence}. Another short one.");
        IReadOnlyList<Passage> passages = Small.Chunk(document);
        HashSet<string> words = [.. passages.SelectMany(p => p.Text.Split([' ', '\n', '.'], StringSplitOptions.RemoveEmptyEntries))];
        Assert.All(document.Text.Split([' ', '\n', '.'], StringSplitOptions.RemoveEmptyEntries), word => Assert.Contains(word, words));
        PassageChecks.Check(document, passages, new WordTokenizer(), 40);
        Assert.True(passages.Zip(passages.Skip(1)).Count(p => p.Second.Span.Start < p.First.Span.End) >= 3);
    }

    [Fact]
    public void Long_headings_are_shortened_in_the_line_but_not_in_the_text()
    {
        string heading = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"h{i}"));
        Document document = Sources.Text("a.md", $"# Title\n\n## {heading}\n\nBody text here.\n");
        IReadOnlyList<Passage> passages = Small.Chunk(document);
        PassageChecks.Check(document, passages, new WordTokenizer(), 40);
        Assert.EndsWith("…", passages[0].HeadingPath[^1], StringComparison.Ordinal);
        string all = string.Join(' ', passages.Select(p => p.Text));
        Assert.All(Enumerable.Range(0, 60), i => Assert.Contains($"h{i}", all, StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_heading_below_an_empty_one_is_printed_in_full()
    {
        string heading = string.Join(' ', Enumerable.Range(0, 30).Select(i => $"h{i}"));
        Document document = Sources.Text("a.md", $"# Title\n\n## Empty\n\n## {heading}\n\nBody text here.\n");
        IReadOnlyList<Passage> passages = Small.Chunk(document);
        PassageChecks.Check(document, passages, new WordTokenizer(), 40);
        Assert.Superset(heading.Split(' ').ToHashSet(), string.Join(' ', passages.Select(p => p.Text)).Split([' ', '\n']).ToHashSet());
    }

    [Fact]
    public void The_hash_tells_options_and_tokenizers_apart()
    {
        Assert.Equal(Small.Hash, new Chunker(new WordTokenizer(), new ChunkerOptions { Target = 24, Maximum = 40 }).Hash);
        Assert.NotEqual(Small.Hash, new Chunker(new WordTokenizer(), new ChunkerOptions { Target = 25, Maximum = 40 }).Hash);
        Assert.Throws<JmlrUsageException>(() => new Chunker(new WordTokenizer(), new ChunkerOptions { Target = 50, Maximum = 40 }));
        Assert.Equal((48, 64), (ChunkerOptions.For(64).Target, ChunkerOptions.For(64).Maximum));
        Assert.Equal((128, 180), (ChunkerOptions.For(300).Target, ChunkerOptions.For(300).Maximum));
    }

    [Theory]
    [InlineData("guidelines/ngc_html", "*.html", 97, 64)]
    [InlineData("guidelines/markdown/anatomy_book/contents", "*.md", 19, 180)]
    [InlineData("guidelines/markdown/docsref", "*.md", 5, 180)]
    public void Passages_of_real_documents_fit_and_cover_every_word(string folder, string pattern, int step, int length)
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.FromFile(SharedData.Require("tokenizers/bert_base_uncased_vocab.txt"));
        Chunker chunker = new(tokenizer, ChunkerOptions.For(length));
        foreach (string path in Directory.GetFiles(SharedData.Require(folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => i % step == 0))
        {
            if (Sources.TryRead(path) is Document document)
            {
                IReadOnlyList<Passage> passages = chunker.Chunk(document);
                PassageChecks.Check(document, passages, tokenizer, length);
                Assert.Equivalent(passages.Select(p => p.RetrieverText), chunker.Chunk(document).Select(p => p.RetrieverText), strict: true);
            }
        }
    }
}
