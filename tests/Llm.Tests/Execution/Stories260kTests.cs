using System.Text.Json;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests.Execution;

/// <summary>stories260K: heads of 8, a feed-forward width of no whole blocks, a score-merged tokenizer; reference outputs of llama2.c's model.</summary>
public sealed class Stories260kTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-stories-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Logits_at_all_positions()
    {
        using CpuLlamaExecutor executor = Goldens.Load(Stories260k.Convert(_folder), reference: true);
        foreach (JsonElement example in Golden("cases"))
        {
            string name = example.GetProperty("name").GetString()!;
            if (name != "bos_only_199")
            {
                Goldens.Close(
                    Goldens.Floats("stories260k/stories260k_logits.safetensors", name + ".logits"),
                    Goldens.AllLogits(executor, Goldens.Ints(example.GetProperty("prompt_ids"))), 1e-4);
            }
        }
    }

    [Fact]
    public void Greedy_continuations_and_text()
    {
        using IGenerator generator = GeneratorLoader.Open(
            Stories260k.Convert(_folder), new GeneratorLoadOptions { Reference = true, Threads = 2 }, TestContext.Current.CancellationToken);
        int steps = 0;
        foreach (JsonElement example in Golden("cases"))
        {
            // Smallest margin 0.0033: fp32 takes every step of the reference.
            int[] prompt = Goldens.Ints(example.GetProperty("prompt_ids")), expected = Goldens.Ints(example.GetProperty("greedy_ids"));
            float[] logits = new float[512];
            using IKeyValueCache cache = generator.Executor.CreateCache(512);
            generator.Executor.Forward(prompt, cache, logits, TestContext.Current.CancellationToken);
            foreach (int token in expected)
            {
                Assert.Equal(token, Array.IndexOf(logits, logits.Max()));
                generator.Executor.Forward([token], cache, logits, TestContext.Current.CancellationToken);
                steps++;
            }

            GenerationResult result = generator.Generate(prompt, new GenerationOptions { MaxTokens = expected.Length }, null, TestContext.Current.CancellationToken);
            Assert.Equal(generator.Tokenizer.Decode(expected), result.Text.TrimStart(' '));
        }

        Assert.True(steps >= 4 * 48);
    }

    [Fact]
    public void Tokens_of_the_reference()
    {
        using GgufFile file = new(Stories260k.Convert(_folder));
        var tokenizer = Jmlr.Models.Tokenizers.GeneratorTokenizer.FromGguf(file);
        foreach (JsonElement example in Golden("tokenizer"))
        {
            List<int> ids = [1];
            string text = example.GetProperty("text").GetString()!;
            tokenizer.EncodeIds(text, parseSpecial: false, ids);
            Assert.True(Goldens.Ints(example.GetProperty("ids_with_bos")).SequenceEqual(ids), $"'{text}': {string.Join(' ', ids)}");
        }
    }

    private static JsonElement.ArrayEnumerator Golden(string part) => Goldens.Json("stories260k/stories260k.json").GetProperty(part).EnumerateArray();
}
