using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage.Hostile;

/// <summary>A damaged embedding cache gives back what was written or nothing, and takes new entries; it is never an error and never a wrong vector.</summary>
public sealed class HostileCacheTests
{
    // A longer run: JMLR_TEST_CACHE_FUZZ=5000.
    private static readonly int Executions = int.TryParse(Environment.GetEnvironmentVariable("JMLR_TEST_CACHE_FUZZ"), out int number) ? Math.Clamp(number, 1, 10_000_000) : 4;

    [Fact]
    public void What_comes_back_is_what_was_written_or_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-cache-").FullName, sound = Path.Combine(folder, "sound"), spoilt = Path.Combine(folder, "spoilt");
        try
        {
            byte[][] values = [.. Enumerable.Range(0, 30).Select(i => Enumerable.Range(0, 400 + (i * 37)).Select(j => (byte)(i + j)).ToArray())];
            using (EmbeddingCache cache = EmbeddingCache.Open(sound))
            {
                for (int i = 0; i < values.Length; i++)
                {
                    cache.Write("encoder", $"{i}", values[i]);
                }

                cache.Flush();
            }

            string[] files = [.. Directory.GetFiles(sound, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) != ".lock").Order(StringComparer.Ordinal)];
            int kept = 0;
            for (int execution = 0; execution < Executions; execution++)
            {
                var random = new Random(execution);
                foreach (string path in Directory.GetFiles(sound, "*", SearchOption.AllDirectories))
                {
                    string copy = Path.Combine(spoilt, Path.GetRelativePath(sound, path));
                    Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                    File.Copy(path, copy);
                }

                string target = Path.Combine(spoilt, Path.GetRelativePath(sound, files[random.Next(files.Length)]));
                File.WriteAllBytes(target, new Mutations(random).Bytes(File.ReadAllBytes(target)));
                try
                {
                    kept += Use(spoilt, values);
                }
                catch (JmlrException)
                {
                    // Refused by name is as good.
                }
                catch (Exception error)
                {
                    Assert.Fail($"execution {execution}, {Path.GetRelativePath(spoilt, target)}: {error}");
                }

                Directory.Delete(spoilt, recursive: true);
            }

            Assert.True(kept > 0, "hardly anything survived");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Use(string folder, byte[][] values)
    {
        int kept = 0;
        for (int opening = 0; opening < 2; opening++)
        {
            using EmbeddingCache cache = EmbeddingCache.Open(folder);
            for (int i = 0; i < values.Length; i++)
            {
                byte[]? back = cache.Read("encoder", $"{i}");
                Assert.True(back is null || back.AsSpan().SequenceEqual(values[i]), $"entry {i} is not what was written");
                kept += back is null ? 0 : 1;
            }

            Assert.Equal(opening == 0 ? null : values[3], cache.Read("encoder", "new"));
            cache.Write("encoder", "new", values[3]);
            cache.Flush();
        }

        return kept;
    }
}
