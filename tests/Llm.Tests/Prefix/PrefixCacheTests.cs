using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Prefill;
using Jmlr.Llm.Prefix;

namespace Jmlr.Llm.Tests.Prefix;

/// <summary>Former prompts: found again, exact, within the budget.</summary>
[Collection(Goldens.SmolLm2Collection)]
public sealed class PrefixCacheTests
{
    private static readonly string[] s_letters = ["A", "B", "C", "D"];

    [Fact]
    public void A_prompt_of_long_ago_is_found_and_gives_the_same_bits()
    {
        using IGenerator generator = Open(null);
        int[] system = Tokens(70, 1), a = [.. system, .. Tokens(200, 2)], b = [.. system, .. Tokens(150, 3)], c = Tokens(90, 4);
        IReadOnlyList<OptionScore> first = Score(generator, a);
        Assert.Equal(0, Reused(generator, c));

        // 70 shared tokens end within a page; the live cache holds c. The last token is run again in any case.
        Assert.Equal(70, Reused(generator, b));
        Assert.Equal(269, Reused(generator, a));
        Score(generator, c);
        Assert.Equal(first, Score(generator, a));
        Assert.Equal(first, Score(generator, a));
    }

    [Fact]
    public void An_answer_is_found_again_by_the_next_turn()
    {
        using IGenerator generator = Open(null);
        List<int> prompt = [];
        generator.Tokenizer.EncodeIds("The doctor explained to the family what would happen next. First the blood would be tested, then the results would be discussed, and after that the treatment would begin. The family asked", parseSpecial: false, prompt);
        GenerationResult answer = generator.Generate(prompt, new GenerationOptions { MaxTokens = 30 }, null, TestContext.Current.CancellationToken);
        Reused(generator, Tokens(50, 2));
        List<int> next = [.. prompt];
        generator.Tokenizer.EncodeIds(answer.Text, parseSpecial: false, next);
        next.AddRange(Tokens(20, 3));
        Assert.InRange(Reused(generator, [.. next]), prompt.Count + 16, prompt.Count + 30);
    }

    [Fact]
    public void Without_a_budget_only_the_last_prompt_is_kept()
    {
        using IGenerator generator = Open(0);
        int[] a = Tokens(100, 1), b = Tokens(100, 2);
        Score(generator, a);
        Assert.Equal(99, Reused(generator, a));
        Score(generator, b);
        Assert.Equal(0, Reused(generator, a));
    }

    [Fact]
    public void Pages_are_shared_and_copied_only_to_be_written()
    {
        CpuLlamaExecutor executor = Goldens.SmolLm2;
        using var cache = (KeyValueCache)executor.CreateCache(512);
        using PrefixCache prefixes = new(cache, 1 << 30);
        int[] a = Tokens(150, 1), b = [.. a.AsSpan(0, 100), .. Tokens(60, 2)];
        executor.Forward(a, cache, [], TestContext.Current.CancellationToken);
        int first = cache.Page(0), second = cache.Page(1), third = cache.Page(2);
        prefixes.Keep(a);
        prefixes.Keep(a);
        Assert.Equal(3 * cache.Pages.PageBytes, prefixes.Bytes);
        Assert.True(cache.Pages.IsShared(third));

        // The beginning comes back as it is; what b goes on with is written elsewhere.
        cache.Truncate(0);
        Assert.Equal(100, prefixes.Restore(b, 0));
        Assert.Equal((first, second), (cache.Page(0), cache.Page(1)));
        executor.Forward(b.AsSpan(100), cache, [], TestContext.Current.CancellationToken);
        Assert.Equal(first, cache.Page(0));
        Assert.NotEqual(second, cache.Page(1));
        prefixes.Keep(b);
        Assert.Equal(5 * cache.Pages.PageBytes, prefixes.Bytes);
        Assert.Equal(150, prefixes.Restore([.. a, 7], 100));
        Assert.Equal((first, second, third), (cache.Page(0), cache.Page(1), cache.Page(2)));

        // An end that goes on takes the place of what it was.
        int[] longer = [.. a, .. Tokens(20, 3)];
        executor.Forward(longer.AsSpan(150), cache, [], TestContext.Current.CancellationToken);
        prefixes.Keep(longer);
        Assert.Equal(5 * cache.Pages.PageBytes, prefixes.Bytes);
        cache.Truncate(0);
        Assert.False(cache.Pages.IsShared(first));
        Assert.Equal(170, prefixes.Restore(longer, 0));
    }

    [Fact]
    public void The_oldest_ends_go_first()
    {
        CpuLlamaExecutor executor = Goldens.SmolLm2;
        using var cache = (KeyValueCache)executor.CreateCache(1024);
        using PrefixCache prefixes = new(cache, (6 * cache.Pages.PageBytes) + 1);
        int[] system = Tokens(128, 1), a = [.. system, .. Tokens(128, 2)], b = [.. system, .. Tokens(128, 3)], c = [.. system, .. Tokens(192, 4)];
        Keep(a);
        Keep(b);
        Assert.Equal(6 * cache.Pages.PageBytes, prefixes.Bytes);
        Assert.Equal(256, Found(a)); // now b is the oldest
        Keep(c);
        Assert.Equal(6 * cache.Pages.PageBytes, prefixes.Bytes);
        Assert.Equal(320, Found(c));
        Assert.Equal(128, Found(b));
        Assert.Equal(192, Found(a));

        // More than the budget: as much of its beginning as fits.
        Keep(Tokens(640, 9));
        Assert.Equal(384, Found(Tokens(640, 9)));

        void Keep(int[] tokens)
        {
            cache.Truncate(0);
            executor.Forward(tokens, cache, [], TestContext.Current.CancellationToken);
            prefixes.Keep(tokens);
        }

        int Found(int[] tokens)
        {
            cache.Truncate(0);
            int found = prefixes.Restore(tokens, 0);
            Assert.Equal(found, cache.Length);
            return found;
        }
    }

    [Fact]
    public void Any_order_of_prompts_scores_as_without_a_cache()
    {
        // Prompts from a small set of pieces, so that beginnings repeat in all ways; a budget that holds few of them.
        using IGenerator cached = Open(12 << 20), plain = Open(0);
        Random random = new(20);
        int[][] pieces = [.. Enumerable.Range(0, 4).Select(i => Tokens(11 + (i * 9), i))];
        int reused = 0;
        for (int i = 0; i < 25; i++)
        {
            int[] prompt = [.. Enumerable.Range(0, random.Next(1, 5)).SelectMany(_ => pieces[random.Next(4)])];
            reused += Reused(cached, prompt) - Reused(plain, prompt);
            Assert.Equal(Score(plain, prompt), Score(cached, prompt));
        }

        Assert.True(reused > 0);
    }

    [Fact]
    public void Prompts_outlive_the_process()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-prefix-").FullName;
        try
        {
            int[] system = Tokens(70, 1), a = [.. system, .. Tokens(200, 2)], b = [.. system, .. Tokens(150, 3)];
            IReadOnlyList<OptionScore> first, second;
            using (IGenerator generator = Open(null, folder))
            {
                (first, second) = (Score(generator, a), Score(generator, b));
            }

            string file = Assert.Single(Directory.GetFiles(folder));
            byte[] written = File.ReadAllBytes(file);
            using (IGenerator generator = Open(null, folder))
            {
                Assert.Equal(269, Reused(generator, a));
                Assert.Equal(219, Reused(generator, b));
                Assert.Equal(first, Score(generator, a));
                Assert.Equal(second, Score(generator, b));
            }

            // Nothing new: nothing written.
            Assert.Equal(written, File.ReadAllBytes(file));

            // Within the limit the blocks used last are kept, whole from the beginning.
            using (IGenerator generator = Open(null, folder, blocks: 5))
            {
                Assert.Equal(269, Reused(generator, a));
                Score(generator, Tokens(48, 9));
            }

            using (IGenerator generator = Open(null, folder))
            {
                Assert.Equal(47, Reused(generator, Tokens(48, 9)));
                Assert.Equal(256, Reused(generator, a));
            }

            // Damage costs time, nothing else: a page, the index, the whole file.
            written[^1] ^= 1;
            File.WriteAllBytes(file, written);
            using (IGenerator generator = Open(null, folder))
            {
                Assert.Equal(first, Score(generator, a));
                Assert.Equal(second, Score(generator, b));
            }

            foreach (int length in (int[])[0, 10, 100, written.Length - 1])
            {
                File.WriteAllBytes(file, written.AsSpan(0, length).ToArray());
                using IGenerator generator = Open(null, folder);
                Assert.Equal(0, Reused(generator, a));
            }

            written[70] ^= 1;
            File.WriteAllBytes(file, written);
            using (IGenerator generator = Open(null, folder))
            {
                Assert.Equal(0, Reused(generator, a));
                Assert.Equal(first, Score(generator, a));
            }

            Assert.Single(Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Blocks_of_other_settings_are_not_taken()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-prefix-").FullName;
        try
        {
            int[] a = Tokens(100, 1);
            foreach (double factor in (double[])[1, 8, 1])
            {
                using IGenerator generator = GeneratorLoader.Open(
                    Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 512, LongPrompts = LongPromptPath.Tiles, Threads = 2, PrefixFolder = folder, RopeLinearFactor = factor }, TestContext.Current.CancellationToken);
                Assert.Equal(0, Reused(generator, a));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IGenerator Open(long? bytes, string folder, int blocks = 1000) => GeneratorLoader.Open(
        Goldens.SmolLm2Path,
        new GeneratorLoadOptions { ContextLength = 512, LongPrompts = LongPromptPath.Tiles, PrefixCacheBytes = bytes, Threads = 2, PrefixFolder = folder, PrefixFileBytes = blocks * 64L * 30 * 3 * 64 * 2 * 2 },
        TestContext.Current.CancellationToken);

    private static IGenerator Open(long? bytes) => GeneratorLoader.Open(
        Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 512, LongPrompts = LongPromptPath.Tiles, PrefixCacheBytes = bytes, Threads = 2 }, TestContext.Current.CancellationToken);

    private static int[] Tokens(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => 100 + (((i * 7919) + (seed * 104729)) % 40000))];

    private static IReadOnlyList<OptionScore> Score(IGenerator generator, int[] prompt) => generator.ScoreOptions(prompt, s_letters, TestContext.Current.CancellationToken);

    private static int Reused(IGenerator generator, int[] prompt) =>
        generator.Generate(prompt, new GenerationOptions { MaxTokens = 0 }, null, TestContext.Current.CancellationToken).ReusedTokens;
}
