using System.Collections.Concurrent;
using Jmlr.Index.Encoding;
using Jmlr.Index.Interop;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage.Hostile;

/// <summary>Whatever is in an index folder, everything that reads one gives an answer or a named refusal, in bounded memory.</summary>
public sealed class HostileIndexTests
{
    private const long MostAllocated = 256 << 20; // the sound index takes far below 1 MB

    // A longer run: JMLR_TEST_FUZZ=1000000. One execution again: its number in JMLR_TEST_FUZZ_FROM, and JMLR_TEST_FUZZ=1.
    private static readonly int Executions = Number("JMLR_TEST_FUZZ", 1500), From = Number("JMLR_TEST_FUZZ_FROM", 0);

    [Fact]
    public void Every_reader_of_a_hostile_folder_answers_or_refuses_by_name()
    {
        using IndexFixture fixture = Sound();
        var findings = new ConcurrentDictionary<string, string>();
        int refused = 0, opened = 0, workers = Math.Min(Environment.ProcessorCount, 2);
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            var folder = new HostileFolder(fixture.Index, Path.Combine(fixture.Folder, $"worker{worker}"));
            for (int execution = From + worker; execution < From + Executions && findings.Count < 20; execution += workers)
            {
                var random = new Random(execution);
                string what = folder.Spoil(random);
                foreach ((string name, Action work) in Uses(folder.Location, fixture, random))
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    try
                    {
                        work();
                        Interlocked.Increment(ref opened);
                    }
                    catch (JmlrException)
                    {
                        Interlocked.Increment(ref refused);
                    }
                    catch (Exception error)
                    {
                        string? place = error.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Jmlr", StringComparison.Ordinal))?.Trim();
                        findings.TryAdd($"{name}: {error.GetType().Name} {place}", $"execution {execution}, {what}: {error.Message}");
                    }

                    if (GC.GetAllocatedBytesForCurrentThread() - before > MostAllocated)
                    {
                        findings.TryAdd($"{name}: memory", $"execution {execution}, {what}");
                    }
                }

                folder.Restore();
            }
        });
        Assert.True(findings.IsEmpty, string.Join("\n", findings.Select(pair => $"{pair.Key} ({pair.Value})")));
        Assert.True(opened > Executions / 10 && refused > Executions / 4, $"{opened} answers and {refused} refusals: the changes are too harmless or too harsh");
    }

    // What the long runs found.
    [Theory]
    [InlineData("null")]
    [InlineData("""{"version":1,"generation":2,"bits":4,"identity":{"encoder":"","tokenizer":"","chunker":"","dimension":16},"codecs":[null],"segments":[]}""")]
    [InlineData("""{"version":1,"generation":2,"bits":4,"identity":{"encoder":"","tokenizer":"","chunker":"","dimension":16},"codecs":[],"segments":[null]}""")]
    public void A_manifest_with_nulls_is_refused(string json)
    {
        using IndexFixture fixture = Sound();
        string hash = Models.Files.ContentHash.Of(json);
        File.WriteAllText(Path.Combine(fixture.Index, "manifest-00000002"), $"jmlr-index-manifest {hash}\n{json}\n");
        File.WriteAllText(Path.Combine(fixture.Index, "CURRENT"), $"manifest-00000002 {hash}\n");
        Assert.Contains("null", Assert.Throws<JmlrIntegrityException>(() => IndexSnapshot.Open(fixture.Index)).Message, StringComparison.Ordinal);
        Assert.False(IndexVerifier.Verify(fixture.Index, cancellation: TestContext.Current.CancellationToken).Ok);
    }

    [Fact]
    public void A_manifest_that_ends_with_its_first_line_is_refused()
    {
        using IndexFixture fixture = Sound();
        string path = Path.Combine(fixture.Index, "manifest-00000002");
        File.WriteAllText(path, File.ReadAllText(path).Split('\n')[0] + "\n");
        Assert.Contains("whole manifest", Assert.Throws<JmlrIntegrityException>(() => IndexSnapshot.Open(fixture.Index)).Message, StringComparison.Ordinal);
        Assert.False(IndexVerifier.Verify(fixture.Index, cancellation: TestContext.Current.CancellationToken).Ok);
    }

    private static IEnumerable<(string, Action)> Uses(string folder, IndexFixture fixture, Random random)
    {
        TokenMatrix query = fixture.Query("acute chest pain");
        yield return ("search", () => Search(folder, query));
        int other = random.Next(96);
        if (other < 8)
        {
            yield return ("status", () => IndexStatus.Read(folder));
            yield return ("verify", () => IndexVerifier.Verify(folder, other == 0 ? IndexFixture.Passages(20) : null));
        }

        string target = folder + ".export";
        switch (other)
        {
            case 8:
                yield return ("export", () => IndexExport.Run(folder, target, (IndexLayout)random.Next(3)));
                break;
            case 9:
                yield return ("compact", () => IndexMaintenance.Compact(folder));
                break;
            case 10:
                yield return ("rollback", () => IndexMaintenance.Rollback(folder, 1));
                break;
            case 11:
                yield return ("update", () => Builder(folder).Update(IndexFixture.Passages(22)));
                break;
            case 12:
                yield return ("apply", () => Builder(folder).Apply(IndexFixture.Passages(2, first: 4, salt: 9), [IndexFixture.Id(3)]));
                break;
            case 13:
                yield return ("repair", () => Builder(folder).Repair(IndexFixture.Passages(20), IndexVerifier.Verify(folder).Errors));
                break;
        }

        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }
    }

    private static void Search(string folder, TokenMatrix query)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(folder, threads: 1);
        snapshot.Searcher.Search(query, new SearchOptions { Top = 5 });
        _ = snapshot.PassageIds().Count();
        foreach (ScoredPassage hit in snapshot.Searcher.Search(query, new SearchOptions { Top = 3, Plan = SearchPlan.Plaid }))
        {
            TokenAlignment.Of(snapshot, query, hit.Id);
        }
    }

    private static IndexBuilder Builder(string folder) => new(folder, new WordEncoder(16), new MemoryCache(), "chunker-1", new IndexSettings { Threads = 1, LeastDriftTokens = 100 });

    /// <summary>Three segments, one with tombstones, of a few passages each.</summary>
    private static IndexFixture Sound()
    {
        var fixture = new IndexFixture { Encoder = new WordEncoder(16) };
        var settings = new IndexSettings { Threads = 1, SegmentTokens = 300 };
        fixture.Builder(settings).Build(IndexFixture.Passages(20), cancellation: TestContext.Current.CancellationToken);
        fixture.Builder(settings).Apply(IndexFixture.Passages(4, first: 18, salt: 3), [IndexFixture.Id(7)], cancellation: TestContext.Current.CancellationToken);
        return fixture;
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), out int value) ? Math.Clamp(value, 0, 1_000_000_000) : otherwise;
}
