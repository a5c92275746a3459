using System.Text.Json;
using Jmlr.Query.Evaluation;

namespace Jmlr.Query.Tests.Evaluation;

/// <summary>Measures against pytrec_eval's on the same judgements and run.</summary>
public sealed class MeasureGoldenTests
{
    private const double Tolerance = 1e-9;

    private static readonly (string Ours, string Theirs)[] Names =
    [
        ("ndcg@10", "ndcg_cut_10"), ("ndcg", "ndcg"), ("recall@10", "recall_10"), ("recall@100", "recall_100"), ("p@10", "P_10"), ("mrr", "recip_rank"), ("map", "map"), ("success@1", "success_1"),
    ];

    [Fact]
    public void Every_query_and_the_mean_are_as_pytrec_eval_has_them()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Require("golden/retrieval/metrics.json")));
        (Judgements judgements, RankingRun run) = FromJson(golden.RootElement);
        IReadOnlyDictionary<string, RankingMeasures> queries = run.Measure(judgements);
        Assert.Equal(golden.RootElement.GetProperty("evaluated_queries").EnumerateArray().Select(query => query.GetString()!).Order(), queries.Keys.Order());
        foreach (JsonProperty query in golden.RootElement.GetProperty("per_query").EnumerateObject())
        {
            AssertSame(query.Value, queries[query.Name], query.Name);
        }

        AssertSame(golden.RootElement.GetProperty("mean_over_evaluated"), RankingMeasures.Mean([.. queries.Values]), "mean");
    }

    [Fact]
    public void The_TREC_files_give_the_same()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Require("golden/retrieval/metrics.json")));
        Judgements judgements = Judgements.Read(SharedData.Require("golden/retrieval/metrics.qrels.trec"));
        RankingRun run = RankingRun.Read(SharedData.Require("golden/retrieval/metrics.run.trec"));
        IReadOnlyDictionary<string, RankingMeasures> queries = run.Measure(judgements);
        // A run file cannot say that a query found nothing: the one with an empty ranking is missing here.
        Assert.DoesNotContain("q13", queries.Keys);
        foreach (JsonProperty query in golden.RootElement.GetProperty("per_query").EnumerateObject().Where(query => query.Name != "q13"))
        {
            AssertSame(query.Value, queries[query.Name], query.Name);
        }
    }

    [Fact]
    public void A_written_run_is_read_back_with_the_same_measures()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Require("golden/retrieval/metrics.json")));
        (Judgements judgements, RankingRun run) = FromJson(golden.RootElement);
        string path = Path.GetTempFileName();
        try
        {
            using (var writer = new StreamWriter(path))
            {
                run.Write(writer, "test");
            }

            IReadOnlyDictionary<string, RankingMeasures> before = run.Measure(judgements), after = RankingRun.Read(path).Measure(judgements);
            Assert.All(after, query => Assert.Equal(before[query.Key], query.Value));
            Assert.True(after.Count > 5);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (Judgements, RankingRun) FromJson(JsonElement golden)
    {
        var judgements = new Judgements();
        foreach (JsonProperty query in golden.GetProperty("qrels").EnumerateObject())
        {
            foreach (JsonProperty document in query.Value.EnumerateObject())
            {
                judgements.Add(query.Name, document.Name, document.Value.GetInt32());
            }
        }

        var run = new RankingRun();
        foreach (JsonProperty query in golden.GetProperty("run").EnumerateObject())
        {
            run.Set(query.Name, query.Value.EnumerateObject().Select(document => new ScoredDocument(document.Name, document.Value.GetDouble())));
        }

        return (judgements, run);
    }

    private static void AssertSame(JsonElement expected, RankingMeasures actual, string name)
    {
        double[] values = actual.Values;
        foreach ((string ours, string theirs) in Names)
        {
            double value = values[RankingMeasures.Names.ToList().IndexOf(ours)], wanted = expected.GetProperty(theirs).GetDouble();
            Assert.True(Math.Abs(value - wanted) <= Tolerance, $"{name} {ours}: {value}, pytrec_eval {wanted}");
        }
    }
}
