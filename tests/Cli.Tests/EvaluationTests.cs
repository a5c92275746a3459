using System.Text.Json;

namespace Jmlr.Cli.Tests;

/// <summary><c>eval retrieval</c> of the real program on a small collection made here.</summary>
public sealed class EvaluationTests : IDisposable
{
    private static readonly string[] Texts =
    [
        "Adrenaline is injected into the muscle of the thigh in anaphylaxis.", "Metformin is the first drug in type 2 diabetes.", "Allopurinol lowers urate in gout.",
        "Inhaled steroids prevent attacks of asthma.", "Aspirin is given in acute myocardial infarction.", "Iron tablets treat iron deficiency anaemia.",
        "Levothyroxine replaces the hormone in hypothyroidism.", "Nitrofurantoin treats cystitis in women.", "Triptans relieve migraine.", "Bisphosphonates prevent fractures in osteoporosis.",
    ];

    private static readonly string[] Questions = ["Where is adrenaline injected?", "first drug for diabetes", "lowering urate", "asthma attack prevention", "anaemia tablets"];

    private static readonly int[] Answers = [0, 1, 2, 3, 5];

    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-eval-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_collection_is_measured_its_run_written_and_compared()
    {
        string beir = Path.Combine(_folder, "small"), keep = Path.Combine(_folder, "keep"), run = Path.Combine(_folder, "run.trec");
        Directory.CreateDirectory(Path.Combine(beir, "qrels"));
        File.WriteAllLines(Path.Combine(beir, "corpus.jsonl"), Texts.Select((text, i) => JsonSerializer.Serialize(new { _id = $"d{i}", title = "", text })));
        File.WriteAllLines(Path.Combine(beir, "queries.jsonl"), Questions.Select((text, i) => JsonSerializer.Serialize(new { _id = $"q{i}", text })));
        File.WriteAllLines(Path.Combine(beir, "qrels", "test.tsv"), ["query-id\tcorpus-id\tscore", .. Answers.Select((answer, i) => $"q{i}\td{answer}\t1")]);

        // A folder of other things, such as a workspace, is not written to; a run that cannot be written is said before the work.
        Directory.CreateDirectory(Path.Combine(_folder, "workspace", "passages"));
        JmlrRun other = JmlrProcess.Run("eval", "retrieval", "--beir", beir, "--keep", Path.Combine(_folder, "workspace"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("'passages'", other.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "workspace", "index")));
        JmlrRun nowhere = JmlrProcess.Run("eval", "retrieval", "--beir", beir, "--run", Path.Combine(_folder, "nowhere", "run.trec"));
        Assert.Equal((2, ""), (nowhere.ExitCode, nowhere.Output));

        JmlrRun first = JmlrProcess.Run("eval", "retrieval", "--beir", beir, "--keep", keep, "--run", run, "--json");
        Assert.True(first.ExitCode == 0, first.Error);
        JsonElement json = JsonDocument.Parse(first.Output).RootElement;
        Assert.All((string[])["ndcg@10", "recall@100", "mrr@10", "queries", "passages", "plan", "index_bytes", "bytes_per_token", "ms_per_query"], name => Assert.True(json.TryGetProperty(name, out _), name));
        Assert.All((string[])["ndcg@10", "recall@10", "recall@100", "mrr@10", "map", "p@10"], name => Assert.Equal(2, json.GetProperty("ci95").GetProperty(name).GetArrayLength()));
        Assert.Equal(5, json.GetProperty("queries").GetInt32());
        Assert.Equal(1, json.GetProperty("recall@100").GetDouble());
        Assert.InRange(json.GetProperty("ndcg@10").GetDouble(), 0.9, 1);
        Assert.True(json.GetProperty("ms_per_query").GetProperty("p95").GetDouble() >= json.GetProperty("ms_per_query").GetProperty("p50").GetDouble());
        Assert.Equal(Questions.Length * Texts.Length, File.ReadAllLines(run).Length);

        // Again from what was kept, against its own run: nothing is built and no query differs.
        JmlrRun second = JmlrProcess.Run("eval", "retrieval", "--beir", beir, "--keep", keep, "--compare", run, "--json");
        Assert.True(second.ExitCode == 0, second.Error);
        JsonElement again = JsonDocument.Parse(second.Output).RootElement;
        Assert.Equal(0, again.GetProperty("build_seconds").GetDouble());
        Assert.Equal(json.GetProperty("ndcg@10").GetDouble(), again.GetProperty("ndcg@10").GetDouble());
        JsonElement line = again.GetProperty("compare").GetProperty("measures").GetProperty("ndcg@10");
        Assert.Equal((0, 0, 1.0), (line.GetProperty("better").GetInt32(), line.GetProperty("worse").GetInt32(), line.GetProperty("p").GetDouble()));
    }
}
