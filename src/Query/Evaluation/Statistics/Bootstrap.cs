using Jmlr.Models.Randomness;

namespace Jmlr.Query.Evaluation.Statistics;

/// <summary>An interval.</summary>
public readonly record struct Interval(double Low, double High);

/// <summary>Percentile bootstrap of a mean: how far it could be off with other queries of the same kind.</summary>
public static class Bootstrap
{
    /// <summary>Resamples drawn.</summary>
    public const int Resamples = 10_000;

    private const ulong Seed = 20_240_611;

    /// <summary>Interval of the mean of <paramref name="values"/> that holds <paramref name="confidence"/> of the resampled means.</summary>
    public static Interval Mean(IReadOnlyList<double> values, double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
        {
            return default;
        }

        var draws = new SplitMix64(Seed);
        double[] means = new double[Resamples];
        for (int resample = 0; resample < means.Length; resample++)
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
            {
                sum += values[draws.Below(values.Count)];
            }

            means[resample] = sum / values.Count;
        }

        return Percentile(means, confidence);
    }

    /// <summary>The interval that holds the middle <paramref name="confidence"/> of the statistics of resamples, which are sorted in place.</summary>
    internal static Interval Percentile(double[] statistics, double confidence)
    {
        Array.Sort(statistics);
        double tail = (1 - confidence) / 2;
        return new Interval(Quantiles.OfSorted(statistics, tail), Quantiles.OfSorted(statistics, 1 - tail));
    }
}
