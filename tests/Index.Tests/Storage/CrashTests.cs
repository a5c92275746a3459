using System.Diagnostics;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;

namespace Jmlr.Index.Tests.Storage;

/// <summary>Other processes: killed at any moment, writing at the same time.</summary>
public sealed class CrashTests
{
    // A longer run: JMLR_TEST_KILLS=200.
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("JMLR_TEST_KILLS"), out int kills) ? Math.Clamp(kills, 3, 100_000) : 9;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("build")]
    [InlineData("update")]
    [InlineData("compact")]
    public async Task A_killed_writer_leaves_the_state_before_or_after_and_the_work_can_be_finished(string verb)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-crash-").FullName;
        try
        {
            ChildProcess.Builder(folder).Build(ChildProcess.State(0), cancellation: Cancellation);
            ChildProcess.Builder(folder).Update(ChildProcess.State(1), cancellation: Cancellation);
            double wholeTime = await Time(verb, Copy(folder, "timing"));
            IReadOnlyList<ScoredPassage> before = Search(folder), after = Search(Path.Combine(folder, "timing"));
            var random = new Random(11);
            int interrupted = 0;
            for (int i = 0; i < (Kills + 2) / 3; i++)
            {
                string copy = Copy(folder, $"run{i}");
                using Process child = ChildProcess.Start(verb, copy, 2);
                Assert.Equal("ready", await child.StandardOutput.ReadLineAsync(Cancellation));
                await Task.Delay(TimeSpan.FromSeconds(wholeTime * random.NextDouble()), Cancellation);
                interrupted += child.HasExited ? 0 : 1;
                child.Kill();
                await child.WaitForExitAsync(Cancellation);

                IndexVerification verification = IndexVerifier.Verify(Path.Combine(copy, "index"), cancellation: Cancellation);
                Assert.True(verification.Ok || verification.Errors.All(fault => fault.File == "CURRENT"), string.Join("; ", verification.Errors));
                IReadOnlyList<ScoredPassage> found = Search(copy);
                Assert.True(found.SequenceEqual(before) || found.SequenceEqual(after));

                await Time(verb, copy); // done again, to the end
                Assert.Equal(after, Search(copy));
                Assert.Equal(Files(Path.Combine(folder, "timing")), Files(copy));
                Assert.True(IndexVerifier.Verify(Path.Combine(copy, "index"), cancellation: Cancellation).Ok);
                Assert.Empty(Directory.GetFiles(Path.Combine(copy, "index"), "*.tmp"));
                Directory.Delete(copy, recursive: true);
            }

            Assert.True(interrupted > 0, "no child was caught at work");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_second_writer_is_refused_and_told_who_writes()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(20), cancellation: Cancellation);
        JmlrOperationException? error = null;
        fixture.Encoder.Before = _ => error ??= Assert.Throws<JmlrOperationException>(() => new IndexBuilder(fixture.Index, new WordEncoder(), fixture.Cache, "chunker-1").Update(IndexFixture.Passages(5), cancellation: Cancellation));
        fixture.Builder().Update(IndexFixture.Passages(25), cancellation: Cancellation);
        Assert.Contains("update the index", error!.Message, StringComparison.Ordinal);

        // Another process too.
        using (FileLock.Acquire(Path.Combine(fixture.Index, "LOCK"), "test"))
        {
            using Process child = ChildProcess.Start("update", fixture.Folder, 0);
            string message = child.StandardError.ReadToEnd();
            child.WaitForExit();
            Assert.Equal(1, child.ExitCode);
            Assert.Contains($"process {Environment.ProcessId}", message, StringComparison.Ordinal);
        }
    }

    private static async Task<double> Time(string verb, string folder)
    {
        using Process child = ChildProcess.Start(verb, folder, 2);
        Assert.Equal("ready", await child.StandardOutput.ReadLineAsync(Cancellation));
        long started = Stopwatch.GetTimestamp();
        await child.WaitForExitAsync(Cancellation);
        Assert.Equal(0, child.ExitCode);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static IReadOnlyList<ScoredPassage> Search(string folder)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(Path.Combine(folder, "index"), threads: 1);
        return Search(snapshot);
    }

    private static IReadOnlyList<ScoredPassage> Search(IndexSnapshot snapshot)
    {
        using var encoder = new WordEncoder();
        var query = new Jmlr.Index.Encoding.TokenMatrix(encoder.Dimension);
        encoder.EncodeQuery("acute chest pain troponin aspirin", query);
        return snapshot.Searcher.Search(query, new SearchOptions { Top = 500 }, Cancellation);
    }

    /// <summary>Whole-file hashes of codecs, segments and tombstones. The generation may be one higher where the killed writer had begun to commit.</summary>
    private static string[] Files(string folder) => [.. ManifestFile.ReadCurrent(Path.Combine(folder, "index")).Files().Select(file => file.Hash).Order(StringComparer.Ordinal)];

    private static string Copy(string folder, string name)
    {
        string copy = Path.Combine(folder, name);
        foreach (string part in new[] { "index", "cache" })
        {
            Directory.CreateDirectory(Path.Combine(copy, part));
            foreach (string file in Directory.GetFiles(Path.Combine(folder, part)))
            {
                File.Copy(file, Path.Combine(copy, part, Path.GetFileName(file)));
            }
        }

        return copy;
    }
}
