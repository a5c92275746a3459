using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Configuration;

/// <summary>Damaged and hostile models end in a typed error with one line, good ones run.</summary>
public sealed class HostileModelTests
{
    [Fact]
    public void Gguf_files()
    {
        foreach ((string name, string expect) in Cases("gguf/"))
        {
            // The tokenizers of the good files are too small for ours; their weights must run.
            Exception? error = Record.Exception(() => Open(name, tokenizer: !expect.StartsWith("accept", StringComparison.Ordinal)));
            string what = $"{name}: expected {expect}, was {error?.GetType().Name ?? "accepted"} {error?.Message}";
            Assert.True(error is null or JmlrException, what);
            Assert.True(!expect.StartsWith("reject", StringComparison.Ordinal) || expect.Contains(" or ", StringComparison.Ordinal) || error is not null, what);
            Assert.True(!expect.StartsWith("accept", StringComparison.Ordinal) || expect.Contains(" or ", StringComparison.Ordinal) || error is null, what);
            Assert.DoesNotContain('\n', error?.Message ?? "");
        }
    }

    [Fact]
    public void Hugging_Face_folders()
    {
        foreach ((string name, string _) in Cases("dirs/config_").Concat(Cases("dirs/index_")))
        {
            Exception? error = Record.Exception(() => Open(name, tokenizer: true));
            Assert.True(error is JmlrException, $"{name}: {error?.GetType().Name ?? "accepted"} {error?.Message}");
        }
    }

    private static void Open(string name, bool tokenizer)
    {
        string path = SharedData.Require("golden/llama/hostile/" + name);
        if (tokenizer)
        {
            GeneratorLoader.Open(path, new GeneratorLoadOptions { Threads = 1 }, TestContext.Current.CancellationToken).Dispose();
            return;
        }

        using CpuLlamaExecutor executor = Goldens.Load(path, reference: false);
        Assert.All(Goldens.LastLogits(executor, [1, 2]), logit => Assert.True(float.IsFinite(logit)));
    }

    private static IEnumerable<(string Name, string Expect)> Cases(string start) => Goldens.Json("hostile/hostile.json").GetProperty("files").EnumerateArray()
        .Select(item => (Name: item.GetProperty("file").GetString()!, Expect: item.GetProperty("expect").GetString()!))
        .Where(item => item.Name.StartsWith(start, StringComparison.Ordinal));
}
