using System.Globalization;

namespace Jmlr.Llm.Memory;

/// <summary>Compares what a model needs with what the machine has before anything is allocated.</summary>
static class MemoryCheck
{
    /// <summary>Throws when <paramref name="needed"/> bytes are more than what is available.</summary>
    internal static void Require(string path, long needed, long available)
    {
        if (needed > available)
        {
            Throw.Operation($"{path}: needs {Gigabytes(needed)} of memory, {Gigabytes(available)} are available: use a smaller or more strongly quantised model, or a shorter context");
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

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
