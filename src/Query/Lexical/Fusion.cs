namespace Jmlr.Query.Lexical;

/// <summary>How two rankings become one.</summary>
public enum FusionRule
{
    /// <summary>Both scores brought to 0..1 over the candidates, and the lexical one weighted.</summary>
    Weighted,
    /// <summary>Reciprocal ranks (Cormack, Clarke and Büttcher 2009), 1 / (60 + rank).</summary>
    ReciprocalRank,
}

/// <summary>A rule and its weight.</summary>
/// <param name="Rule">Rule.</param>
/// <param name="LexicalWeight">Share of the lexical part, 0 to 1.</param>
public sealed record Fusion(FusionRule Rule = FusionRule.Weighted, double LexicalWeight = Fusion.DefaultWeight)
{
    /// <summary>The best of 21 on the 809 training queries of SciFact (<c>docs/evaluation.md</c>).</summary>
    public const double DefaultWeight = 0.15;

    private const double RankOffset = 60;

    /// <summary>Fused scores of candidates from both scores of each.</summary>
    internal double[] Combine(double[] vectors, double[] lexical)
    {
        double[] a = Rule == FusionRule.Weighted ? Scaled(vectors) : Reciprocal(vectors), b = Rule == FusionRule.Weighted ? Scaled(lexical) : Reciprocal(lexical);
        return [.. a.Zip(b, (x, y) => ((1 - LexicalWeight) * x) + (LexicalWeight * y))];
    }

    private static double[] Scaled(double[] scores)
    {
        double low = scores.Length == 0 ? 0 : scores.Min(), high = scores.Length == 0 ? 0 : scores.Max();
        return Array.ConvertAll(scores, score => high > low ? (score - low) / (high - low) : 0);
    }

    /// <summary>Passages of one score share the best rank among them; one without a shared term has none.</summary>
    private static double[] Reciprocal(double[] scores)
    {
        double[] sorted = [.. scores.OrderDescending()];
        var ranks = new Dictionary<double, int>();
        for (int i = 0; i < sorted.Length; i++)
        {
            ranks.TryAdd(sorted[i], i + 1);
        }

        return Array.ConvertAll(scores, score => score == 0 ? 0 : 1 / (RankOffset + ranks[score]));
    }
}
