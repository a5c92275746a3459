using System.Globalization;
using Jmlr.Llm.Execution;

namespace Jmlr.Llm.Memory;

/// <summary>Compares what a model needs with what the machine has before anything is allocated.</summary>
static class MemoryCheck
{
    private const int ShortestContext = 256;

    /// <summary>Throws when the plan takes more than what is available: what is needed, what there is, what to change.</summary>
    internal static void Require(string path, MemoryPlan plan, long available)
    {
        if (plan.Needed > available)
        {
            Throw.Operation(
                $"{path}: needs {Gigabytes(plan.Needed)} of memory ({Gigabytes(plan.Weights)} for the weights, {Gigabytes(plan.KeyValues)} for keys and values of {plan.ContextLength} tokens), "
                + $"{Gigabytes(available)} are available: {Advice(plan, available)}");
        }
    }

    /// <summary>Bytes a process may still take: MemAvailable of /proc/meminfo, limited by the runtime's view of a container.</summary>
    internal static long Available()
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo();
        long limit = info.TotalAvailableMemoryBytes - Environment.WorkingSet;
        if (OperatingSystem.IsLinux() && File.Exists("/proc/meminfo"))
        {
            foreach (string line in File.ReadLines("/proc/meminfo"))
            {
                if (line.StartsWith("MemAvailable:", StringComparison.Ordinal)
                    && long.TryParse(line.AsSpan(13).Trim().TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes))
                {
                    return Math.Min(limit, kilobytes << 10);
                }
            }
        }

        return limit;
    }

    private static string Advice(MemoryPlan plan, long available)
    {
        int longest = plan.LongestContext(available);
        if (longest < ShortestContext)
        {
            return "use a smaller or more strongly quantised model";
        }

        string context = $"use a context of at most {longest} tokens";
        return plan.Format switch
        {
            KeyValueFormat.Half => $"{context}, or 8-bit keys and values",
            KeyValueFormat.Q8 => $"{context}, or 4-bit keys and values",
            _ => context,
        };
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
