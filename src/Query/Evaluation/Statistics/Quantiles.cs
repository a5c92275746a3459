namespace Jmlr.Query.Evaluation.Statistics;

/// <summary>Quantiles with linear interpolation, as numpy's default.</summary>
public static class Quantiles
{
    /// <summary>The quantile of values in ascending order; 0 for none.</summary>
    public static double OfSorted(ReadOnlySpan<double> sorted, double share)
    {
        if (sorted.Length == 0)
        {
            return 0;
        }

        double at = Math.Clamp(share, 0, 1) * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
