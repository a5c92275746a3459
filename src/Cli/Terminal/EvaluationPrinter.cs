using System.Globalization;
using Jmlr.Query.Evaluation;
using Jmlr.Query.Evaluation.Statistics;

namespace Jmlr.Cli.Terminal;

/// <summary>Prints what an evaluation found.</summary>
static class EvaluationPrinter
{
    internal static void Print(TerminalOutput output, RetrievalReport report, RunComparison? comparison, string? other)
    {
        RankingMeasures mean = report.Mean;
        output.Line(Text($"{report.Collection}, {report.Split}: {report.Queries.Count:N0} queries, {report.Documents:N0} documents, {report.Passages:N0} passages, {report.Tokens:N0} tokens; plan {report.Plan}"));
        Measure(output, "nDCG@10", mean.Ndcg10, report.IntervalOf(static query => query.Ndcg10));
        Measure(output, "recall@10", mean.Recall10, report.IntervalOf(static query => query.Recall10));
        Measure(output, "recall@100", mean.Recall100, report.IntervalOf(static query => query.Recall100));
        Measure(output, "MRR@10", mean.ReciprocalRank10, report.IntervalOf(static query => query.ReciprocalRank10));
        Measure(output, "MAP", mean.AveragePrecision, report.IntervalOf(static query => query.AveragePrecision));
        Measure(output, "P@10", mean.Precision10, report.IntervalOf(static query => query.Precision10));
        output.Line(Text($"index        {report.IndexBytes:N0} bytes, {report.BytesPerToken:0.0} a token ({report.Bits} bits){(report.BuildSeconds > 0 ? Text($", built in {report.BuildSeconds:0} s") : "")}"));
        Times(output, "encode", report.EncodeMilliseconds);
        Times(output, "search", report.SearchMilliseconds);
        if (comparison is null)
        {
            return;
        }

        output.Line();
        output.Line($"against {other} ({comparison.Queries} queries; p: paired permutation test, two-sided)");
        output.Table(["measure", "this run", "other", "difference", "better", "worse", "p"], comparison.Measures.Select(line => (IReadOnlyList<string>)
        [
            line.Measure, Text($"{line.Ours:0.0000}"), Text($"{line.Theirs:0.0000}"), Text($"{line.Ours - line.Theirs:+0.0000;-0.0000;0.0000}"), Text($"{line.Better}"), Text($"{line.Worse}"), Text($"{line.P:0.0000}"),
        ]));
    }

    private static void Measure(TerminalOutput output, string name, double value, Interval interval) =>
        output.Line(Text($"{name,-12} {value:0.0000}  (95 % of resamples {interval.Low:0.000} to {interval.High:0.000})"));

    private static void Times(TerminalOutput output, string name, double[] sorted) =>
        output.Line(Text($"{name,-12} p50 {Quantiles.OfSorted(sorted, 0.5):0.0} ms, p95 {Quantiles.OfSorted(sorted, 0.95):0.0} ms, p99 {Quantiles.OfSorted(sorted, 0.99):0.0} ms"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
