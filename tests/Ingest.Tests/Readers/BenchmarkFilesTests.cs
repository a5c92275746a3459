using System.IO.Compression;
using System.Text.Json;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Readers.Json;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>The sets that researchers have, counted.</summary>
public class BenchmarkFilesTests
{
    [Fact]
    public void Chunks_of_MedRAG_and_guidelines_of_Meditron_are_documents()
    {
        List<Document> chunks = Sources.All("chunk.jsonl", """
            {"id":"InternalMed_Harrison_0","title":"InternalMed_Harrison","content":"The practice.","contents":"InternalMed_Harrison. The practice."}
            {"id":"InternalMed_Harrison_1","title":"InternalMed_Harrison","content":"Of medicine.","contents":"InternalMed_Harrison. Of medicine."}
            """);
        Assert.Equal(["test:InternalMed_Harrison_0 The practice.", "test:InternalMed_Harrison_1 Of medicine."], chunks.Select(d => $"{d.Key} {d.Text}"));
        Document guideline = Sources.Text("open_guidelines.jsonl", """{"id":"abc","source":"cco","title":"Care","url":"https://x.org","raw_text":"raw","clean_text":"# Care\nDo it.","overview":"short"}""" + "\n");
        Assert.Equal(("test:abc", "cco", "https://x.org"), (guideline.Key.ToString(), guideline.Provenance.Publisher, guideline.Provenance.Url));
        Assert.DoesNotContain("raw", guideline.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scifact", 5183)]
    [InlineData("nfcorpus", 3395)]
    [InlineData("bioasq_snippets", 21257)]
    public void Documents_of_retrieval_benchmarks_are_read_and_their_queries_refused(string name, int documents)
    {
        List<Document> read = Sources.All("corpus.jsonl", File.ReadAllBytes(SharedData.Require($"retrieval/{name}/corpus.jsonl")));
        Assert.Equal((documents, documents), (read.Count, read.Select(d => d.Key).Distinct().Count()));
        byte[] queries = File.ReadAllBytes(SharedData.Require($"retrieval/{name}/queries.jsonl"));
        Assert.Contains("queries", Assert.Throws<JmlrDataException>(() => Sources.All("q", queries)).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Reasonings_carry_the_question_that_they_belong_to_and_empty_ones_are_named()
    {
        using GZipStream packed = new(File.OpenRead(SharedData.Require("qa/gpt_reasonings.jsonl.gz")), CompressionMode.Decompress);
        using MemoryStream bytes = new();
        packed.CopyTo(bytes);
        List<JmlrDataException> rejected = [];
        SourceFile file = Sources.File("gpt.jsonl", bytes.ToArray()) with { Reject = rejected.Add };
        HashSet<string> questions = [.. Sources.All("m.json", File.ReadAllBytes(SharedData.Require("qa/mirage_benchmark.json"))).Select(d => d.QuestionId!)];
        Assert.Equal(7663, questions.Count);
        int read = 0;
        HashSet<DocumentKey> keys = [];
        foreach (Document document in new JsonReader().Read(file))
        {
            read++;
            Assert.Contains(document.QuestionId!, questions);
            Assert.True(keys.Add(document.Key), document.Key.ToString());
            Assert.All(document.Blocks(), block => Assert.Equal(ContentKind.Reasoning, block.Kind));
        }

        Assert.Equal((30652 - 34, 34), (read, rejected.Count));
        Assert.All(rejected, error => Assert.Matches(@"^gpt\.jsonl:\d+$", error.Path));
    }

    [Fact]
    public void The_dump_of_the_USPSTF_has_90_topics_and_143_recommendations_with_their_grades()
    {
        byte[] bytes = File.ReadAllBytes(SharedData.Require("guidelines/uspstf_api_2024-05-02.json"));
        List<Document> topics = Sources.All("u.json", bytes);
        topics.ForEach(Sources.CheckStructure);
        Assert.Equal(90, topics.Count);
        Assert.All(topics, topic => Assert.NotNull(topic.Provenance.Published));
        (Document Topic, Block Block)[] recommendations = [.. topics.SelectMany(topic => topic.Sections.Where(s => s.HeadingPath is ["Recommendations"]).SelectMany(s => s.Blocks).Where(b => b.Form == BlockForm.ListItem).Select(block => (topic, block)))];
        Assert.Equal("A14 B40 C8 D23 I58", string.Join(' ', recommendations.GroupBy(r => r.Block.Grade).OrderBy(g => g.Key).Select(g => $"{g.Key}{g.Count()}")));

        // Each with its own grade, beside the definition of the version it was graded by.
        using JsonDocument json = JsonDocument.Parse(bytes);
        JsonElement grades = json.RootElement.GetProperty("grades");
        foreach (JsonElement one in json.RootElement.GetProperty("specificRecommendations").EnumerateArray())
        {
            string title = Squeeze(one.GetProperty("title").GetString()!);
            string grade = one.GetProperty("grade").GetString()!;
            (Document topic, Block block) = recommendations.First(r => Squeeze(r.Topic.Of(r.Block)).StartsWith(title, StringComparison.Ordinal) && r.Block.Grade == grade);
            string definition = grades.GetProperty(grade)[one.GetProperty("gradeVer").GetInt32()].GetString()!;
            Assert.Contains(Squeeze(definition)[..40], Squeeze(topic.Text), StringComparison.Ordinal);
        }
    }

    private static string Squeeze(string text) => new([.. System.Net.WebUtility.HtmlDecode(text).Where(char.IsLetterOrDigit)]);
}
