using System.Text.Json.Serialization;
using Jmlr.Query.Evaluation;
using Jmlr.Query.Evaluation.Statistics;

namespace Jmlr.Cli.Json;

/// <summary><c>eval retrieval --json</c>.</summary>
sealed record RetrievalEvaluationJson(
    string Collection, string Split,
    [property: JsonPropertyName("ndcg@10")] double Ndcg10,
    [property: JsonPropertyName("recall@10")] double Recall10,
    [property: JsonPropertyName("recall@100")] double Recall100,
    [property: JsonPropertyName("mrr@10")] double Mrr10,
    double Map,
    [property: JsonPropertyName("p@10")] double Precision10,
    IReadOnlyDictionary<string, double[]> Ci95, int Queries, int Documents, int Passages, long Tokens, string Plan, int Bits, long IndexBytes, double BytesPerToken,
    double BuildSeconds, PercentilesJson MsPerQuery, PercentilesJson EncodeMs, PercentilesJson SearchMs, ComparisonJson? Compare)
{
    internal static RetrievalEvaluationJson From(RetrievalReport report, RunComparison? comparison, string? comparedWith)
    {
        RankingMeasures mean = report.Mean;
        return new RetrievalEvaluationJson(
            report.Collection, report.Split, Round(mean.Ndcg10), Round(mean.Recall10), Round(mean.Recall100), Round(mean.ReciprocalRank10), Round(mean.AveragePrecision),
            Round(mean.Precision10), Intervals(report), report.Queries.Count, report.Documents, report.Passages, report.Tokens, report.Plan, report.Bits, report.IndexBytes,
            Math.Round(report.BytesPerToken, 2), Math.Round(report.BuildSeconds, 1), PercentilesJson.Of(report.TotalMilliseconds), PercentilesJson.Of(report.EncodeMilliseconds),
            PercentilesJson.Of(report.SearchMilliseconds), comparison is null ? null : ComparisonJson.From(comparison, comparedWith!));
    }

    internal static double Round(double value) => Math.Round(value, 6);

    private static Dictionary<string, double[]> Intervals(RetrievalReport report) => new()
    {
        ["ndcg@10"] = Pair(report.IntervalOf(static query => query.Ndcg10)),
        ["recall@10"] = Pair(report.IntervalOf(static query => query.Recall10)),
        ["recall@100"] = Pair(report.IntervalOf(static query => query.Recall100)),
        ["mrr@10"] = Pair(report.IntervalOf(static query => query.ReciprocalRank10)),
        ["map"] = Pair(report.IntervalOf(static query => query.AveragePrecision)),
        ["p@10"] = Pair(report.IntervalOf(static query => query.Precision10)),
    };

    private static double[] Pair(Interval interval) => [Round(interval.Low), Round(interval.High)];
}

/// <summary>Percentiles of times in milliseconds.</summary>
sealed record PercentilesJson(double P50, double P95, double P99)
{
    internal static PercentilesJson Of(double[] sorted) => new(At(sorted, 0.5), At(sorted, 0.95), At(sorted, 0.99));

    private static double At(double[] sorted, double share) => Math.Round(Quantiles.OfSorted(sorted, share), 2);
}

/// <summary>Comparison with another run.</summary>
sealed record ComparisonJson(string Run, int Queries, IReadOnlyDictionary<string, MeasureComparisonJson> Measures)
{
    internal static ComparisonJson From(RunComparison comparison, string run) => new(
        run, comparison.Queries, comparison.Measures.ToDictionary(line => line.Measure, line => new MeasureComparisonJson(
            RetrievalEvaluationJson.Round(line.Ours), RetrievalEvaluationJson.Round(line.Theirs), RetrievalEvaluationJson.Round(line.Ours - line.Theirs), line.Better, line.Worse, line.P)));
}

/// <summary>One measure of a comparison.</summary>
sealed record MeasureComparisonJson(double Ours, double Theirs, double Difference, int Better, int Worse, double P);
