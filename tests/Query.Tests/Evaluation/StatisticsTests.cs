using System.Runtime.InteropServices;
using System.Text.Json;
using Jmlr.Models.Weights;
using Jmlr.Query.Evaluation.Statistics;

namespace Jmlr.Query.Tests.Evaluation;

/// <summary>Intervals and p-values against numpy's and scipy's.</summary>
public sealed class StatisticsTests
{
    [Fact]
    public void Paired_permutation_is_scipys_where_all_signs_are_counted()
    {
        using JsonDocument golden = Golden();
        foreach (JsonElement test in golden.RootElement.GetProperty("paired_permutation").EnumerateArray())
        {
            double[] differences = [.. test.GetProperty("differences").EnumerateArray().Select(value => value.GetDouble())];
            Assert.Equal(test.GetProperty("two_sided_p").GetDouble(), PairedPermutation.TwoSided(differences), 1e-12);
        }
    }

    [Fact]
    public void Bootstrap_intervals_are_numpys_on_the_same_resamples()
    {
        using JsonDocument golden = Golden();
        JsonElement bootstrap = golden.RootElement.GetProperty("bootstrap");
        double[] correct = [.. bootstrap.GetProperty("correct_a").EnumerateArray().Select(value => value.GetDouble())];
        using var file = new SafetensorsFile(SharedData.Require("golden/joint/evaluation.safetensors"));
        ReadOnlySpan<long> drawn = MemoryMarshal.Cast<byte, long>(file.GetBytes("bootstrap_indices"));
        double[] means = new double[drawn.Length / correct.Length];
        for (int i = 0; i < drawn.Length; i++)
        {
            means[i / correct.Length] += correct[drawn[i]] / correct.Length;
        }

        Interval interval = Bootstrap.Percentile(means, 0.95);
        Assert.Equal(bootstrap.GetProperty("percentile95_a")[0].GetDouble(), interval.Low, 1e-12);
        Assert.Equal(bootstrap.GetProperty("percentile95_a")[1].GetDouble(), interval.High, 1e-12);
    }

    [Fact]
    public void Drawn_signs_agree_with_all_signs()
    {
        // With a hundred differences the distribution over signs is near the normal one.
        double[] differences = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 1.0 : -0.7)];
        double sum = Math.Abs(differences.Sum()), deviation = Math.Sqrt(differences.Sum(value => value * value));
        Assert.InRange(PairedPermutation.TwoSided(differences), Tail(sum / deviation) - 0.03, Tail(sum / deviation) + 0.03);
        Assert.Equal(1, PairedPermutation.TwoSided(new double[300]));
        Assert.True(PairedPermutation.TwoSided([.. Enumerable.Repeat(0.1, 200)]) < 1e-4);
    }

    [Fact]
    public void The_interval_of_a_mean_is_near_the_normal_one_and_the_same_each_time()
    {
        double[] values = [.. Enumerable.Range(0, 400).Select(i => (i * 7919 % 400) / 400.0)];
        Interval interval = Bootstrap.Mean(values);
        double mean = values.Average(), error = 1.96 * Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) / values.Length);
        Assert.Equal(mean - error, interval.Low, 0.004);
        Assert.Equal(mean + error, interval.High, 0.004);
        Assert.Equal(interval, Bootstrap.Mean(values));
        Assert.Equal(default, Bootstrap.Mean([]));
    }

    private static JsonDocument Golden() => JsonDocument.Parse(File.ReadAllText(SharedData.Require("golden/joint/evaluation.json")));

    /// <summary>Two-sided tail of the normal distribution (Abramowitz and Stegun 7.1.26).</summary>
    private static double Tail(double z)
    {
        double x = z / Math.Sqrt(2), t = 1 / (1 + (0.3275911 * x));
        return t * (0.254829592 + (t * (-0.284496736 + (t * (1.421413741 + (t * (-1.453152027 + (t * 1.061405429)))))))) * Math.Exp(-x * x);
    }
}
