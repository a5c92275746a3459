using Jmlr.Models.Randomness;

namespace Jmlr.Query.Evaluation.Statistics;

/// <summary>
/// Fisher's paired randomisation test: if two systems were alike, each query's difference could as well have the other sign. The p-value is the share of
/// sign choices whose mean difference is at least as far from 0.
/// </summary>
public static class PairedPermutation
{
    private const int ExactUpTo = 16;
    private const int Draws = 100_000;
    private const double Tolerance = 1e-12;
    private const ulong Seed = 20_240_611;

    /// <summary>Two-sided p-value; all sign choices up to 16 queries, else 100,000 drawn ones (the observed one counted among them, so it is never 0).</summary>
    public static double TwoSided(IReadOnlyList<double> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        // A difference of 0 keeps its value with either sign: it counts for the mean only.
        double[] signed = [.. differences.Where(static difference => difference != 0)];
        if (signed.Length == 0)
        {
            return 1;
        }

        double observed = Math.Abs(signed.Sum()), least = observed - (Tolerance * differences.Count);
        return signed.Length <= ExactUpTo ? Exact(signed, least) : Drawn(signed, least);
    }

    private static double Exact(double[] differences, double least)
    {
        int choices = 1 << differences.Length, far = 0;
        for (int choice = 0; choice < choices; choice++)
        {
            double sum = 0;
            for (int i = 0; i < differences.Length; i++)
            {
                sum += ((choice >> i) & 1) == 0 ? differences[i] : -differences[i];
            }

            far += Math.Abs(sum) >= least ? 1 : 0;
        }

        return (double)far / choices;
    }

    private static double Drawn(double[] differences, double least)
    {
        var draws = new SplitMix64(Seed);
        int far = 1;
        for (int draw = 0; draw < Draws; draw++)
        {
            double sum = 0;
            ulong signs = 0;
            for (int i = 0; i < differences.Length; i++, signs >>= 1)
            {
                signs = (i & 63) == 0 ? draws.Next() : signs;
                sum += (signs & 1) == 0 ? differences[i] : -differences[i];
            }

            far += Math.Abs(sum) >= least ? 1 : 0;
        }

        return (double)far / (Draws + 1);
    }
}
