using System.Collections.Concurrent;

namespace Jmlr.Ingest.Tests.RealData;

/// <summary>The real files of a folder: a sample in the ordinary run, all of them with JMLR_TEST_WHOLE=1.</summary>
static class RealFiles
{
    public static bool Whole { get; } = Environment.GetEnvironmentVariable("JMLR_TEST_WHOLE") == "1";

    /// <summary>Files in a fixed order, one in <paramref name="step"/> unless all are wanted.</summary>
    public static string[] Of(string folder, string pattern, int step) =>
        [.. Directory.GetFiles(SharedData.Require(folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => Whole || i % step == 0)];

    /// <summary>Checks files on two threads and fails with what the checks say of all of them.</summary>
    public static void Check(IEnumerable<string> paths, Func<string, IEnumerable<string>> faults)
    {
        ConcurrentBag<string> all = [];
        Parallel.ForEach(paths, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken }, path =>
        {
            foreach (string fault in faults(path))
            {
                all.Add($"{Path.GetFileName(path)}: {fault}");
            }
        });
        Assert.True(all.IsEmpty, $"{all.Count} faults\n{string.Join('\n', all.Order(StringComparer.Ordinal).Take(40))}");
    }
}
