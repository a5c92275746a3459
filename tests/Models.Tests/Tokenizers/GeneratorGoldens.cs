using System.Text.Json;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Tokenizers;

/// <summary>Tokenizers and cases of the development data.</summary>
static class GeneratorGoldens
{
    public const string SmolLm2 = "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";

    public static GeneratorTokenizer Gguf(string relative)
    {
        string path = SharedData.Require(relative);
        using GgufFile file = new(path);
        return GeneratorTokenizer.FromGguf(file);
    }

    public static List<int> Ids(GeneratorTokenizer tokenizer, string text, bool parse = false)
    {
        List<int> ids = [];
        tokenizer.EncodeIds(text, parse, ids);
        return ids;
    }

    /// <summary>Compares every line of a file of <c>golden/llama/tokenization</c>; what <paramref name="check"/> returns is a complaint.</summary>
    public static void AssertAll(string name, Func<string, JsonElement, string?> check)
    {
        List<string> wrong = [];
        int lines = 0;
        foreach (string line in File.ReadLines(SharedData.Require($"golden/llama/tokenization/{name}.jsonl")))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string text = json.RootElement.GetProperty("text").GetString()!;
            lines++;
            if (check(text, json.RootElement) is string complaint)
            {
                wrong.Add($"{json.RootElement.GetProperty("id")} '{text}': {complaint}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(382, lines);
    }

    public static string? Differs(IEnumerable<int> actual, JsonElement expected)
    {
        string got = string.Join(',', actual);
        string want = string.Join(',', expected.EnumerateArray().Select(id => id.GetInt32()));
        return got == want ? null : $"[{got}] instead of [{want}]";
    }
}
