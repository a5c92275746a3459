using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Cli.Tests;

/// <summary>What a process that answers one query does not load.</summary>
public sealed class ColdStartTests(SampleWorkspace sample) : IClassFixture<SampleWorkspace>
{
    private const string LibTorch = "libtorch_cpu";

    [Fact]
    public void A_search_loads_no_libtorch_until_a_query_needs_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        Assert.SkipUnless(Avx512BW.IsSupported && Environment.GetEnvironmentVariable("JMLR_FORCE_ISA") is null, "needs AVX-512");
        using Process process = JmlrProcess.Start(["search", "-", "-w", sample.Path, "--json"], null);
        try
        {
            Assert.DoesNotContain(LibTorch, MapsAfter(process, "adrenaline dose for anaphylaxis in adults"), StringComparison.Ordinal);
            // Longer than the way of queries takes: what would be missing above is seen when it is there.
            Assert.Contains(LibTorch, MapsAfter(process, string.Join(' ', Enumerable.Repeat("fever cough", 100))), StringComparison.Ordinal);
            process.StandardInput.Close();
            Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Files that the process has mapped once it has answered <paramref name="query"/>.</summary>
    private static string MapsAfter(Process process, string query)
    {
        process.StandardInput.WriteLine(query);
        process.StandardInput.Flush();
        Task<string?> answer = process.StandardOutput.ReadLineAsync();
        Assert.True(answer.Wait(TimeSpan.FromMinutes(2)) && answer.Result is not null, "no answer");
        return File.ReadAllText($"/proc/{process.Id}/maps");
    }
}
