namespace Jmlr.Query.Evaluation;

/// <summary>What one ranking is worth, as trec_eval computes it: relevant is a grade of 1 or more, the gain of a document is its grade (negative ones count 0).</summary>
/// <param name="Ndcg10">Discounted gain of the first 10 by that of the best order of all judged documents.</param>
/// <param name="Ndcg">The same over the whole ranking.</param>
/// <param name="Recall10">Share of the relevant documents among the first 10.</param>
/// <param name="Recall100">Share of the relevant documents among the first 100.</param>
/// <param name="Precision10">Relevant documents among the first 10, by 10 even where fewer were found.</param>
/// <param name="ReciprocalRank10">1 / rank of the first relevant document, 0 beyond rank 10.</param>
/// <param name="ReciprocalRank">The same without the cut.</param>
/// <param name="AveragePrecision">Mean over the relevant documents of the precision at their rank.</param>
/// <param name="Success1">1 when the first document is relevant.</param>
public readonly record struct RankingMeasures(
    double Ndcg10, double Ndcg, double Recall10, double Recall100, double Precision10, double ReciprocalRank10, double ReciprocalRank, double AveragePrecision, double Success1)
{
    /// <summary>Names as trec_eval and BEIR write them, in the order of <see cref="Values"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ndcg@10", "ndcg", "recall@10", "recall@100", "p@10", "mrr@10", "mrr", "map", "success@1"];

    /// <summary>All values.</summary>
    public double[] Values => [Ndcg10, Ndcg, Recall10, Recall100, Precision10, ReciprocalRank10, ReciprocalRank, AveragePrecision, Success1];

    /// <summary>Measures a ranking (ids, best first, none twice) against the grades of one query.</summary>
    public static RankingMeasures Of(IReadOnlyList<string> ranking, IReadOnlyDictionary<string, int> grades)
    {
        ArgumentNullException.ThrowIfNull(ranking);
        ArgumentNullException.ThrowIfNull(grades);
        double gain = 0, gain10 = 0, precisions = 0;
        int found = 0, found10 = 0, found100 = 0, first = 0;
        for (int i = 0; i < ranking.Count; i++)
        {
            int grade = grades.GetValueOrDefault(ranking[i]);
            if (grade >= 1)
            {
                found++;
                first = first == 0 ? i + 1 : first;
                precisions += found / (i + 1.0);
                gain += grade / Math.Log2(i + 2);
            }

            if (i < 10)
            {
                (gain10, found10) = (gain, found);
            }

            found100 = i < 100 ? found : found100;
        }

        int[] ideal = [.. grades.Values.Where(static grade => grade >= 1).OrderDescending()];
        double relevant = ideal.Length;
        if (relevant == 0)
        {
            return default;
        }

        return new RankingMeasures(
            gain10 / Gain(ideal, 10), gain / Gain(ideal, ideal.Length), found10 / relevant, found100 / relevant, found10 / 10.0,
            first is >= 1 and <= 10 ? 1.0 / first : 0, first >= 1 ? 1.0 / first : 0, precisions / relevant, first == 1 ? 1 : 0);
    }

    /// <summary>Means of each measure; zeros for no query.</summary>
    public static RankingMeasures Mean(IReadOnlyCollection<RankingMeasures> queries)
    {
        ArgumentNullException.ThrowIfNull(queries);
        double[] sums = new double[Names.Count];
        foreach (RankingMeasures query in queries)
        {
            double[] values = query.Values;
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += values[i];
            }
        }

        double[] mean = Array.ConvertAll(sums, sum => queries.Count == 0 ? 0 : sum / queries.Count);
        return new RankingMeasures(mean[0], mean[1], mean[2], mean[3], mean[4], mean[5], mean[6], mean[7], mean[8]);
    }

    private static double Gain(ReadOnlySpan<int> grades, int cut)
    {
        double gain = 0;
        for (int i = 0; i < Math.Min(cut, grades.Length); i++)
        {
            gain += grades[i] / Math.Log2(i + 2);
        }

        return gain;
    }
}
