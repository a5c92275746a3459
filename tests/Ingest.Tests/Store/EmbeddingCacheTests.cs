using Jmlr.Ingest.Store;

namespace Jmlr.Ingest.Tests.Store;

public class EmbeddingCacheTests
{
    [Fact]
    public void Values_come_back_after_a_flush_and_belong_to_their_encoder()
    {
        using TemporaryFolder folder = new();
        using (EmbeddingCache cache = EmbeddingCache.Open(folder.Path))
        {
            for (int i = 0; i < 3000; i++)
            {
                cache.Write("encoder", $"p{i}", Value(i));
            }

            cache.Flush();
            Assert.Equal(Value(5), cache.Read("encoder", "p5"));
        }

        using EmbeddingCache again = EmbeddingCache.Open(folder.Path);
        for (int i = 0; i < 3000; i += 7)
        {
            Assert.Equal(Value(i), again.Read("encoder", $"p{i}"));
        }

        Assert.Null(again.Read("another encoder", "p5"));
        again.Write("encoder", "p5", [1, 2]);
        Assert.Equal([1, 2], again.Read("encoder", "p5"));
    }

    [Fact]
    public void A_damaged_value_is_absent_and_a_damaged_checkpoint_is_an_empty_cache()
    {
        using TemporaryFolder folder = new();
        using (EmbeddingCache cache = EmbeddingCache.Open(folder.Path))
        {
            cache.Write("e", "p", [.. "find-this-value"u8]);
            cache.Flush();
        }

        string log = Directory.GetFiles(folder.Path, "embeddings.log*").Single();
        byte[] bytes = File.ReadAllBytes(log);
        bytes[bytes.AsSpan().IndexOf("find-this-value"u8)] ^= 1;
        File.WriteAllBytes(log, bytes);
        using (EmbeddingCache cache = EmbeddingCache.Open(folder.Path))
        {
            Assert.Null(cache.Read("e", "p"));
        }

        foreach (string file in Directory.GetFiles(folder["checkpoints"], "*", SearchOption.AllDirectories))
        {
            byte[] content = File.ReadAllBytes(file);
            Array.Clear(content);
            File.WriteAllBytes(file, content);
        }

        using EmbeddingCache emptied = EmbeddingCache.Open(folder.Path);
        Assert.Null(emptied.Read("e", "p"));
        emptied.Write("e", "p", [7]);
        Assert.Equal([7], emptied.Read("e", "p"));
    }

    [Fact]
    public void Beyond_its_capacity_the_oldest_go_and_too_large_values_are_not_kept()
    {
        using TemporaryFolder folder = new();
        using EmbeddingCache cache = EmbeddingCache.Open(folder.Path, capacity: 24 << 20);
        byte[] megabyte = new byte[1 << 20];
        for (int i = 0; i < 60; i++)
        {
            cache.Write("e", $"p{i}", megabyte);
            cache.Flush();
        }

        Assert.Null(cache.Read("e", "p0"));
        Assert.NotNull(cache.Read("e", "p59"));
        cache.Write("e", "large", new byte[EmbeddingCache.MaxValue + 1]);
        Assert.Null(cache.Read("e", "large"));
        Assert.InRange(cache.Read("e", "p59")!.Length, 1 << 20, 1 << 20);
    }

    private static byte[] Value(int i)
    {
        byte[] bytes = new byte[1000 + (i % 977)];
        new Random(i).NextBytes(bytes);
        return bytes;
    }
}
