using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Readers.Tabular;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

public class TableReaderTests
{
    [Theory]
    [InlineData("a,b\r\n1,2\n", ',', "1:a|b 2:1|2")]
    [InlineData("\"x, y\",\"say \"\"no\"\"\"\n\"two\nlines\",z", ',', "1:x, y|say \"no\" 2:two\nlines|z")]
    [InlineData("a \"quoted\" word,5\" pipe\n", ',', "1:a \"quoted\" word|5\" pipe")]
    [InlineData("1\t\"open quote\n2\t\"closed\"\n", '\t', "1:1|\"open quote 2:2|closed")]
    [InlineData("\"never closed,1\n2,3", ',', "1:\"never closed|1 2:2|3")]
    [InlineData("a,,\n\n,b,", ',', "1:a|| 3:|b|")]
    public void Records_follow_the_rules_of_quoting(string text, char delimiter, string expected) =>
        Assert.Equal(expected, string.Join(' ', DelimitedText.Read(text, delimiter).Select(record => $"{record.Line}:{string.Join('|', record.Fields)}")));

    [Fact]
    public void A_collection_of_ColBERT_and_columns_by_name_are_passages()
    {
        List<Document> collection = Sources.All("collection.tsv", "0\tFirst passage.\tTitle A\n1\tSecond \"passage\".\tTitle B\n2\tThird.\t\n3\tFourth.\tD\n");
        Assert.Equal(["test:0", "test:1", "test:2", "test:3"], collection.Select(d => d.Key.ToString()));
        Assert.Equal(("Title B", "Second \"passage\"."), (collection[1].Title, collection[1].Text));
        List<Document> named = Sources.All("x", "id\ttext\ttitle\nd7\tGive oxygen.\tCare\nd9\tGive fluids.\tCare 2\nd10\tWait.\tCare 3\n");
        Assert.Equal(["test:d7 Care Give oxygen.", "test:d9 Care 2 Give fluids.", "test:d10 Care 3 Wait."], named.Select(d => $"{d.Key} {d.Title} {d.Text}"));
    }

    [Theory]
    [InlineData("id,title,text\n1,Gout,Give colchicine.\n", "csv")]
    [InlineData("id;text\n1;Give colchicine.\n", "csv")]
    [InlineData("Fever, text\nIn children, wait.\n", "text")]
    [InlineData("id,title,text\n", "text")]
    public void Names_that_records_have_tell_a_table_of_few_rows(string content, string format) =>
        Assert.Equal(format, ReaderRegistry.Default.For(Sources.File("a.dat", Encoding.UTF8.GetBytes(content))).Format);

    [Fact]
    public void Other_tables_are_rows_with_the_names_of_their_columns()
    {
        Document document = Sources.Text("doses.csv", "Drug,Adult,Child\nX,10 mg,\"5 mg, twice\"\nY,20 mg,\n");
        Sources.CheckStructure(document);
        Assert.Equal(("doses", "csv"), (document.Title, document.Provenance.Format));
        Assert.Equal(["Drug: X; Adult: 10 mg; Child: 5 mg, twice", "Drug: Y; Adult: 20 mg"], document.Blocks().Select(b => b.RowText));
        Assert.Equal("Drug | Adult | Child\nX | 10 mg | 5 mg, twice\nY | 20 mg", document.Text);
    }

    [Fact]
    public void A_bad_row_is_rejected_by_its_line_and_the_rest_is_read()
    {
        List<JmlrDataException> rejected = [];
        SourceFile file = Sources.File("c.csv", Encoding.UTF8.GetBytes("id,title,text\n1,a,\"two\nlines\"\n2,b,\n3,c,good\n")) with { Reject = rejected.Add };
        Assert.Equal(["test:1", "test:3"], ReaderRegistry.Default.For(file).Read(file).Select(d => d.Key.ToString()));
        Assert.Equal("c.csv:4", Assert.Single(rejected).Path);
    }

    [Theory]
    [InlineData("Take care, please.\nOf your health, always.\nAnd rest, often.\nThen eat, well.\nThe end, now.\n", "text")]
    [InlineData("# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "markdown")]
    public void Prose_and_Markdown_are_no_tables(string text, string format) => Assert.Equal(format, Sources.Text("x", text).Provenance.Format);

    [Fact]
    public void Real_questions_judgements_and_evidence_are_what_they_are()
    {
        int questions = 0;
        foreach (string path in Directory.GetFiles(SharedData.Require("qa/raw/mmlu"), "*.csv"))
        {
            List<Document> read = Sources.All(Path.GetFileName(path), File.ReadAllBytes(path));
            questions += read.Count;
            Assert.All(read, d => Assert.NotNull(d.QuestionId));
        }

        Assert.Equal(1089, questions);
        string judgements = Directory.GetFiles(SharedData.Require("retrieval/scifact/qrels"), "*.tsv")[0];
        Assert.Contains("judgements", Assert.Throws<JmlrDataException>(() => Sources.All("x", File.ReadAllBytes(judgements))).What, StringComparison.Ordinal);
        int evidence = Directory.GetFiles(SharedData.Require("qa/raw/evidence"), "*.jsonl").Sum(path => Sources.All("e", File.ReadAllBytes(path)).Select(d => d.QuestionId).Distinct().Count());
        Assert.InRange(evidence, 1000, 1089); // 1,010 distinct texts; the id of the records says nothing
    }
}
