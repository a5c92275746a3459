using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Query.Evaluation;
using Jmlr.Query.Evaluation.Beir;

namespace Jmlr.Query.Tests.Evaluation;

public sealed class BeirTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-beir-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_is_read_with_the_queries_of_its_split()
    {
        Write("corpus.jsonl", """{"_id": "d 1", "title": "Fever", "text": "Cool."}""" + "\n\n" + """{"_id": 7, "text": "No title", "metadata": {}}""");
        Write("queries.jsonl", """{"_id": "q1", "text": "one"}""" + "\n" + """{"_id": "q2", "text": "two"}""");
        Write("qrels/test.tsv", "query-id\tcorpus-id\tscore\r\nq2\td 1\t2\r\n");
        BeirSet set = BeirSet.Read(_folder, "test", TestContext.Current.CancellationToken);
        Assert.Equal([new BeirDocument("d 1", "Fever", "Cool."), new BeirDocument("7", "", "No title")], set.Documents);
        Assert.Equal([new BeirQuery("q2", "two")], set.Queries);
        Assert.Equal(2, set.Judgements.Of("q2")["d 1"]);
    }

    [Theory]
    [InlineData("corpus.jsonl", "{\"_id\": \"a\"}", "corpus.jsonl:1")]
    [InlineData("corpus.jsonl", "{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"a\", \"text\": \"y\"}", "twice")]
    [InlineData("corpus.jsonl", "{\"_id\": \"\\ud800\", \"text\": \"x\"}", "not valid JSON")]
    [InlineData("queries.jsonl", "[1, 2]", "queries.jsonl:1")]
    [InlineData("queries.jsonl", "{\"_id\": \"q1\", \"text\": \" \"}", "no text")]
    [InlineData("queries.jsonl", "{\"_id\": \"other\", \"text\": \"x\"}", "'q1' is judged")]
    [InlineData("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "no query is judged")]
    public void Damaged_folders_say_where(string file, string content, string said)
    {
        Write("corpus.jsonl", """{"_id": "d1", "text": "x"}""");
        Write("queries.jsonl", """{"_id": "q1", "text": "one"}""");
        Write("qrels/test.tsv", "q1\td1\t1\n");
        Write(file, content);
        Assert.Contains(said, Assert.Throws<JmlrDataException>(() => BeirSet.Read(_folder, "test", TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_and_splits_say_what_there_is()
    {
        Assert.Contains("corpus.jsonl", Assert.Throws<JmlrUsageException>(() => BeirSet.Read(_folder, "test", TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Write("corpus.jsonl", "");
        Write("queries.jsonl", "");
        Write("qrels/dev.tsv", "");
        Assert.Contains("dev", Assert.Throws<JmlrUsageException>(() => BeirSet.Read(_folder, "test", TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_counts_by_its_best_passage_and_the_ranking_is_complete()
    {
        // Documents of 1 to 40 passages; a passage's score is given by its text, so the best documents are known.
        var random = new Random(5);
        int[][] scores = [.. Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, 1 + random.Next(40)).Select(_ => random.Next(50)).ToArray())];
        BeirDocument[] documents = [.. scores.Select((passages, i) => Document($"d{i:D2}", passages)), Document("q", [9_999])];
        var judgements = new Judgements();
        judgements.Add("q", "d00", 1);
        var set = new BeirSet("set", "test", documents, [new BeirQuery("q", "9999")], judgements);
        var passages = new BeirPassages(set, new LineChunker(), cancellation: TestContext.Current.CancellationToken);
        var ranker = new DocumentRanker(new NoEncoder(), new TextScores(passages), passages);
        foreach (int top in new[] { 10, 25, 60 })
        {
            IReadOnlyList<ScoredDocument> found = ranker.Rank(set.Queries[0], top, TestContext.Current.CancellationToken).Documents;
            string[] expected = RankingOrder.Sort(scores.Select((passages, i) => new ScoredDocument($"d{i:D2}", passages.Max())));
            Assert.Equal(expected[..top], RankingOrder.Sort(found));
        }
    }

    [Fact]
    public void Runs_are_compared_query_by_query()
    {
        var judgements = new Judgements();
        RankingRun ours = new(), theirs = new();
        for (int q = 0; q < 12; q++)
        {
            judgements.Add($"q{q}", "good", 1);
            ours.Set($"q{q}", [new("good", 2), new("bad", 1)]);
            theirs.Set($"q{q}", q == 11 ? [new("good", 2)] : [new("good", 1), new("bad", 2)]);
        }

        RunComparison comparison = RunComparison.Of(ours.Measure(judgements), theirs.Measure(judgements), "theirs");
        MeasureComparison line = comparison.Measures.Single(measure => measure.Measure == "mrr@10");
        Assert.Equal((12, 11, 0), (comparison.Queries, line.Better, line.Worse));
        Assert.Equal(2 / 2048.0, line.P, 1e-12);
        Assert.Throws<JmlrUsageException>(() => RunComparison.Of(ours.Measure(judgements), new RankingRun().Measure(judgements), "empty"));
    }

    private void Write(string file, string content)
    {
        string path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private static BeirDocument Document(string id, int[] scores) => new(id, "", string.Join('\n', scores));

    /// <summary>A passage a line.</summary>
    private sealed class LineChunker : IChunker
    {
        public string Hash => "lines";

        public IReadOnlyList<Passage> Chunk(Document document) =>
        [
            .. document.Text.Split('\n').Select((line, i) => new Passage { Id = new PassageId(document.Key, document.Version, i), Title = "", HeadingPath = [], Text = line, Span = default }),
        ];
    }

    /// <summary>Scores passages by the number they hold.</summary>
    private sealed class TextScores(BeirPassages passages) : ISearcher
    {
        public IReadOnlyList<ScoredPassage> Search(TokenMatrix query, SearchOptions options, CancellationToken cancellation = default) =>
        [
            .. passages.Ids.Select(id => new ScoredPassage(id, float.Parse(passages.ReadText(id), System.Globalization.CultureInfo.InvariantCulture), 0))
                .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Id, StringComparer.Ordinal).Take(options.Top),
        ];
    }

    private sealed class NoEncoder : ITokenEncoder
    {
        public string Hash => "";

        public int Dimension => 8;

        public int QueryLength => 8;

        public int PassageLength => 8;

        public ITextTokenizer Tokenizer => throw new NotSupportedException();

        public void EncodeQuery(string text, TokenMatrix destination) => destination.Resize(1);

        public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation) => throw new NotSupportedException();

        public void Dispose() { }
    }
}
