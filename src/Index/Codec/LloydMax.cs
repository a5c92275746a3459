namespace Jmlr.Index.Codec;

/// <summary>
/// Scalar quantiser of residual values. Starts at ColBERT's quantile buckets and moves weights to the means and cutoffs to the midpoints
/// until nothing changes (Lloyd 1982, Max 1960): least squared error at no storage cost.
/// </summary>
static class LloydMax
{
    private const int MostIterations = 500;

    /// <summary>Buckets of <paramref name="sorted"/> (ascending): cutoffs [2^bits - 1], weights [2^bits].</summary>
    internal static (float[] Cutoffs, float[] Weights) Train(ReadOnlySpan<float> sorted, int bits, bool quantilesOnly = false)
    {
        int levels = 1 << bits;
        double[] weights = [.. Levels(sorted, levels, 0.5)];
        double[] cutoffs = [.. Levels(sorted, levels, 0)[1..]];
        if (!quantilesOnly)
        {
            Refine(sorted, cutoffs, weights);
        }

        float[] narrowWeights = Array.ConvertAll(weights, value => (float)value);
        float[] narrowCutoffs = Array.ConvertAll(cutoffs, value => (float)value);
        Array.Sort(narrowWeights);
        Array.Sort(narrowCutoffs);
        return (narrowCutoffs, narrowWeights);
    }

    /// <summary>Quantiles (i + shift) / levels with linear interpolation, as <c>torch.quantile</c>.</summary>
    private static double[] Levels(ReadOnlySpan<float> sorted, int levels, double shift)
    {
        double[] result = new double[levels];
        for (int i = 0; i < levels; i++)
        {
            double position = (i + shift) / levels * (sorted.Length - 1);
            int low = (int)position, high = Math.Min(low + 1, sorted.Length - 1);
            result[i] = sorted[low] + ((position - low) * ((double)sorted[high] - sorted[low]));
        }

        return result;
    }

    private static void Refine(ReadOnlySpan<float> sorted, double[] cutoffs, double[] weights)
    {
        double[] sums = new double[sorted.Length + 1]; // running sums: the mean of any stretch in two reads
        for (int i = 0; i < sorted.Length; i++)
        {
            sums[i + 1] = sums[i] + sorted[i];
        }

        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            bool moved = false;
            for (int i = 0, from = 0; i < weights.Length; i++)
            {
                int to = i < cutoffs.Length ? CountUpTo(sorted, cutoffs[i]) : sorted.Length;
                if (to > from)
                {
                    double mean = (sums[to] - sums[from]) / (to - from);
                    moved |= Math.Abs(mean - weights[i]) > 1e-9;
                    weights[i] = mean;
                }

                from = Math.Max(from, to);
            }

            for (int i = 0; i < cutoffs.Length; i++)
            {
                cutoffs[i] = (weights[i] + weights[i + 1]) / 2;
            }

            if (!moved)
            {
                break;
            }
        }
    }

    /// <summary>How many values are at most <paramref name="bound"/>: a value equal to a cutoff belongs to the lower bucket.</summary>
    private static int CountUpTo(ReadOnlySpan<float> sorted, double bound)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (sorted[middle] <= bound)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
