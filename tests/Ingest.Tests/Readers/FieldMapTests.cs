using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Readers.Mapping;
using Jmlr.Models.Errors;
using Parquet.Serialization;

namespace Jmlr.Ingest.Tests.Readers;

public class FieldMapTests
{
    private static List<Document> Read(string path, byte[] content, List<string>? rejected, params string[] pairs)
    {
        SourceFile file = Sources.File(path, content) with { Fields = FieldMap.Parse(pairs), Reject = rejected is null ? null : error => rejected.Add(error.Message) };
        return [.. ReaderRegistry.Default.For(file).Read(file)];
    }

    private static List<Document> Read(string path, string content, params string[] pairs) => Read(path, Encoding.UTF8.GetBytes(content), null, pairs);

    [Theory]
    [InlineData("n.jsonl", "{\"uid\":7,\"heading\":\"Asthma\",\"body\":\"Give oxygen.\",\"more\":[\"Then wait.\",\"Then look.\"],\"meta\":{\"on\":\"May 2021\",\"at\":\"https://x.org/7\"},\"title\":\"not this\"}\n")]
    [InlineData("n.json", "{\"count\":1,\"data\":[{\"uid\":7,\"heading\":\"Asthma\",\"body\":\"Give oxygen.\",\"more\":\"Then wait.\\nThen look.\",\"meta.on\":\"2021-05-01\",\"meta\":{\"at\":\"https://x.org/7\"}}]}")]
    [InlineData("n.json", "[{\"uid\":\"7\",\"heading\":\"Asthma\",\"abstract\":\"not this\",\"body\":\"Give oxygen.\\nThen wait.\",\"more\":\"Then look.\",\"meta\":{\"on\":\"2021-05-01\",\"at\":\"https://x.org/7\"}}]")]
    [InlineData("n.csv", "uid,heading,body,more,meta.on,meta.at\n7,Asthma,Give oxygen.,\"Then wait.\nThen look.\",2021-05-01,https://x.org/7\n")]
    public void Texts_of_unknown_layouts_are_read_by_the_map(string path, string content)
    {
        Document document = Assert.Single(Read(path, content, "text=body", "text=more", "title=heading", "id=uid", "date=meta.on", "url=none", "url=meta.at"));
        Assert.Equal(("test:7", "Asthma", "Give oxygen.\n\nThen wait.\n\nThen look."), (document.Key.ToString(), document.Title, document.Text));
        Assert.Equal(("https://x.org/7", new DateOnly(2021, 5, 1)), (document.Provenance.Url, document.Provenance.Published));
    }

    [Theory]
    [InlineData("q.csv", "nr,stem,a,b,key,why\nq9,Which?,Salt,Water,B,Since.\n", "options=a", "options=b")]
    [InlineData("q.jsonl", "{\"nr\":\"q9\",\"stem\":\"Which?\",\"choices\":[\"Salt\",\"Water\"],\"key\":\"Water\",\"why\":\"Since.\"}\n", "options=choices", "topic=none")]
    [InlineData("q.json", "{\"nr\":\"q9\",\"stem\":\"Which?\",\"choices\":{\"A\":\"Salt\",\"B\":\"Water\"},\"key\":\"B\",\"why\":\"Since.\"}", "options=choices", "options=none")]
    public void Questions_and_reasonings_are_read_by_the_map(string path, string content, string first, string second)
    {
        List<Document> documents = Read(path, content, "question=stem", first, second, "answer=key", "reasoning=why", "id=nr");
        Assert.Equal(["test:q9", "test:q9/reasoning"], documents.Select(d => d.Key.ToString()));
        Assert.Equal(["Which?\n\nA. Salt\n\nB. Water", "Since.\n\nAnswer: B. Water"], documents.Select(d => d.Text));
        Assert.All(documents, d => Assert.Equal("q9", d.QuestionId));
    }

    [Fact]
    public void Columns_are_named_by_number_where_a_table_has_no_header()
    {
        List<Document> documents = Read("t.tsv", "x1\tAsthma\tGive oxygen.\nx2\tGout\tGive colchicine.\n", "id=1", "title=2", "text=3");
        Assert.Equal(["test:x1 Asthma Give oxygen.", "test:x2 Gout Give colchicine."], documents.Select(d => $"{d.Key} {d.Title} {d.Text}"));
        Assert.Contains("there are 1, 2, 3", Assert.Throws<JmlrDataException>(() => Read("t.tsv", "a\tb\tc\nd\te\tf\n", "text=4")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_mapped_keeps_its_usual_name()
    {
        Document text = Assert.Single(Read("a.jsonl", "{\"id\":\"1\",\"title\":\"T\",\"text\":\"Words.\",\"state\":\"true\",\"old\":\"other:0\",\"site\":\"ward\"}\n", "withdrawn=state", "supersedes=old", "source=site"));
        Assert.Equal(("ward:1", "T", "Words.", true, "other:0"), (text.Key.ToString(), text.Title, text.Text, text.Provenance.Withdrawn, text.Provenance.Supersedes.ToString()));
        List<Document> question = Read("a.jsonl", "{\"id\":\"1\",\"question\":\"Q?\",\"answer\":\"x\",\"notes\":\"Since.\"}\n", "reasoning=notes");
        Assert.Equal(["Q?", "Since.\n\nAnswer: x"], question.Select(d => d.Text));
    }

    /// <summary>A row of an unknown layout.</summary>
    public sealed class Row
    {
        public string? code { get; set; }

        public string? prose { get; set; }
    }

    private static byte[] Parquet(params Row[] rows)
    {
        using MemoryStream stream = new();
        ParquetSerializer.SerializeAsync(rows, stream, cancellationToken: TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    [Fact]
    public void Parquet_rows_are_read_by_the_map_and_rows_without_text_are_rejected()
    {
        byte[] parquet = Parquet(new Row { code = "1" }, new Row { code = "2", prose = "Words." });
        List<string> rejected = [];
        Assert.Equal("test:2 Words.", Assert.Single(Read("x", parquet, rejected, "id=code", "text=prose").Select(d => $"{d.Key} {d.Text}")));
        Assert.Contains("prose", Assert.Single(rejected), StringComparison.Ordinal);
        Assert.Contains("code, prose", Assert.Throws<JmlrDataException>(() => Read("x", parquet, rejected, "text=body")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_or_table_without_the_mapped_field_says_what_it_has()
    {
        List<string> rejected = [];
        Assert.Single(Read("n.jsonl", "{\"body\":\"Words.\"}\n{\"corpus\":\"Words.\",\"id\":\"2\"}\n{\"body\":\"\"}\n"u8.ToArray(), rejected, "text=body"));
        Assert.Equal(2, rejected.Count);
        Assert.True(rejected[0].Contains("n.jsonl:2", StringComparison.Ordinal) && rejected[0].Contains("corpus, id", StringComparison.Ordinal) && rejected[0].Contains("body", StringComparison.Ordinal), rejected[0]);
        string table = Assert.Throws<JmlrDataException>(() => Read("n.csv", "a,b\n1,2\n", "text=body")).Message;
        Assert.True(table.Contains("body", StringComparison.Ordinal) && table.Contains("a, b", StringComparison.Ordinal), table);
    }

    [Theory]
    [InlineData("text", "expected FIELD=NAME")]
    [InlineData("text=", "expected FIELD=NAME")]
    [InlineData("=body", "expected FIELD=NAME")]
    [InlineData("prose=body", "allowed are text, title")]
    public void A_pair_that_is_none_is_refused_with_the_fields_and_an_example(string pair, string said)
    {
        string message = Assert.Throws<JmlrUsageException>(() => FieldMap.Parse([pair])).Message;
        Assert.True(message.Contains(pair, StringComparison.Ordinal) && message.Contains(said, StringComparison.Ordinal) && message.Contains("--map text=body", StringComparison.Ordinal), message);
    }

    [Fact]
    public void A_text_and_a_question_are_not_mapped_together() =>
        Assert.Contains("one of them", Assert.Throws<JmlrUsageException>(() => FieldMap.Parse(["text=a", "question=b"])).Message, StringComparison.Ordinal);
}
