using Jmlr.Models.Errors;
using Jmlr.Query.Evaluation.Statistics;

namespace Jmlr.Query.Evaluation;

/// <summary>Two runs by one measure.</summary>
/// <param name="Measure">Name.</param>
/// <param name="Ours">Mean of this run.</param>
/// <param name="Theirs">Mean of the other.</param>
/// <param name="Better">Queries on which this run is better.</param>
/// <param name="Worse">Queries on which it is worse.</param>
/// <param name="P">Two-sided p-value of the paired permutation test.</param>
public readonly record struct MeasureComparison(string Measure, double Ours, double Theirs, int Better, int Worse, double P);

/// <summary>Paired comparison of two runs over the same judged queries.</summary>
/// <param name="Queries">Queries that both have.</param>
/// <param name="Measures">One line for each measure.</param>
public sealed record RunComparison(int Queries, IReadOnlyList<MeasureComparison> Measures)
{
    private const double Same = 1e-12;

    /// <summary>Compares the queries that both runs have; a run without any is refused.</summary>
    public static RunComparison Of(IReadOnlyDictionary<string, RankingMeasures> ours, IReadOnlyDictionary<string, RankingMeasures> theirs, string theirName)
    {
        ArgumentNullException.ThrowIfNull(ours);
        ArgumentNullException.ThrowIfNull(theirs);
        string[] queries = [.. ours.Keys.Where(theirs.ContainsKey).Order(StringComparer.Ordinal)];
        if (queries.Length == 0)
        {
            throw new JmlrUsageException($"the run '{theirName}' has none of the {ours.Count} judged queries: is it of another collection or split?");
        }

        var lines = new List<MeasureComparison>();
        for (int measure = 0; measure < RankingMeasures.Names.Count; measure++)
        {
            double[] a = [.. queries.Select(query => ours[query].Values[measure])], b = [.. queries.Select(query => theirs[query].Values[measure])];
            double[] differences = [.. a.Zip(b, (x, y) => Math.Abs(x - y) <= Same ? 0 : x - y)];
            lines.Add(new MeasureComparison(RankingMeasures.Names[measure], a.Average(), b.Average(), differences.Count(d => d > 0), differences.Count(d => d < 0), PairedPermutation.TwoSided(differences)));
        }

        return new RunComparison(queries.Length, lines);
    }
}
