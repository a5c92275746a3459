using System.Diagnostics;

namespace Jmlr.Bench.Encoders;

/// <summary>How long something takes that is done again and again.</summary>
static class Latency
{
    /// <summary>Milliseconds, the median of <paramref name="times"/> runs.</summary>
    internal static double Median(int times, Action work)
    {
        double[] milliseconds = new double[times];
        for (int i = 0; i < times; i++)
        {
            long started = Stopwatch.GetTimestamp();
            work();
            milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(milliseconds);
        return milliseconds[times / 2];
    }
}
