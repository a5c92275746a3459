using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Readers.Json;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

public class JsonReaderTests
{
    [Fact]
    public void Our_own_questions_give_a_question_and_a_reasoning()
    {
        List<Document> documents = Sources.All("q.jsonl", """
            {"id":"dm-1","topic":"diabetes","question":"Which drug first?","options":{"A":"Metformin","B":"Insulin"},"answer":"A","reasoning":"First line.\nAlways.","support":"samples:dm2"}
            {"id":"dm-2","topic":"diabetes","question":"And then?","options":{"A":"X","B":"Y"},"answer":"B","reasoning":"Because."}
            """);
        Assert.Equal(["test:dm-1", "test:dm-1/reasoning", "test:dm-2", "test:dm-2/reasoning"], documents.Select(d => d.Key.ToString()));
        Assert.Equal("Which drug first?\n\nA. Metformin\n\nB. Insulin", documents[0].Text);
        Assert.Equal("First line.\n\nAlways.\n\nAnswer: A. Metformin", documents[1].Text);
        Assert.All(documents.Take(2), d => Assert.Equal("dm-1", d.QuestionId));
        Assert.All(documents[0].Blocks(), b => Assert.Equal(ContentKind.Question, b.Kind));
        Assert.All(documents[1].Blocks(), b => Assert.Equal(ContentKind.Reasoning, b.Kind));
    }

    [Theory]
    [InlineData("""{"input":"Q? A: x","output":"x","output_reason":"why","doc":["d"]}""", "Q? A: x", "why\n\nAnswer: x")]
    [InlineData("""{"question":"Q?","exp":"why","cop":2,"opa":"x","opb":"y","id":"u"}""", "Q?\n\nA. x\n\nB. y", "why\n\nAnswer: B. y")]
    [InlineData("""[{"question":"Q?","options":["x","y"],"answer_idx":"B","Complex_CoT":"why"}]""", "Q?\n\nA. x\n\nB. y", "why\n\nAnswer: B. y")]
    [InlineData("""{"medqa":{"0000":{"question":"Q?","options":{"A":"x"},"answer":"A","reasoning":"why"}}}""", "Q?\n\nA. x", "why\n\nAnswer: A. x")]
    public void Known_layouts_are_understood(string json, string question, string reasoning) =>
        Assert.Equal([question, reasoning], Sources.All("data", json).Select(d => d.Text));

    [Fact]
    public void Text_records_are_documents()
    {
        Document document = Sources.Text("g.jsonl", """{"id":"g1","source":"who","title":"Malaria","clean_text":"# Malaria\nIntro.\n## Treatment\nGive ACT (Grade A).","url":"https://who.int/m"}""" + "\n");
        Assert.Equal(("test:g1", "Malaria", "who"), (document.Key.ToString(), document.Title, document.Provenance.Publisher));
        Assert.Equal("A", document.Sections[^1].Blocks[0].Grade);
    }

    [Fact]
    public void A_bad_line_is_rejected_by_number_and_the_rest_is_read()
    {
        List<JmlrDataException> rejected = [];
        SourceFile file = Sources.File("q.jsonl", Encoding.UTF8.GetBytes("{\"id\":\"1\",\"question\":\"a?\"}\n{broken\n[1]\n{\"x\":1}\n{\"id\":\"2\",\"question\":\"b?\"}\n")) with { Reject = rejected.Add };
        Assert.Equal(["1", "2"], new JsonReader().Read(file).Select(d => d.QuestionId));
        Assert.Equal(["q.jsonl:2", "q.jsonl:3", "q.jsonl:4"], rejected.Select(e => e.Path));
        Assert.Throws<JmlrDataException>(() => new JsonReader().Read(file with { Reject = null }).Count());
    }

    [Fact]
    public void Real_question_files_are_read()
    {
        string folder = SharedData.Require("qa/raw");
        Assert.Equal(1273, Sources.All("medqa.jsonl", File.ReadAllBytes(Path.Combine(folder, "medqa_us_4options_test.jsonl"))).Count);
        Assert.Equal(802, Sources.All("train.jsonl", File.ReadAllBytes(Path.Combine(folder, "medqa_train_802.jsonl"))).Count);
        Assert.Equal(4183 + 2206, Sources.All("dev.jsonl", File.ReadAllBytes(Path.Combine(folder, "medmcqa_dev.jsonl"))).Count);
        Assert.Equal(2000, Sources.All("pqal.json", File.ReadAllBytes(Path.Combine(folder, "pubmedqa_ori_pqal.json"))).Count);
        Assert.Equal(396, Sources.All("o1.json", File.ReadAllBytes(Path.Combine(folder, "huatuo_o1_demo_198.json"))).Count);
        Assert.Equal(7663, Sources.All("m.json", File.ReadAllBytes(SharedData.Require("qa/mirage_benchmark.json"))).Count);
    }
}
