using System.Text.Json.Nodes;
using Jmlr.Llm.Configuration;
using Jmlr.Llm.Generation;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Configuration;

/// <summary>Mistral's attention sees a window; ours sees the whole context, so contexts end where they would differ.</summary>
public sealed class SlidingWindowTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-window-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mistral", "96", 96)]
    [InlineData("mistral", "null", 256)] // as from version 0.2 on
    [InlineData("mistral", "4096", 256)]
    [InlineData("llama", "96", 256)] // only Mistral's means it
    public void The_context_ends_at_the_window(string type, string window, int longest)
    {
        string model = Model(type, window);
        Assert.Equal(longest, HuggingFaceConfiguration.Read(Path.Combine(model, "config.json")).ContextLength);
        JmlrUsageException error = Assert.Throws<JmlrUsageException>(() => GeneratorLoader.Open(model, new GeneratorLoadOptions { ContextLength = longest + 1 }, TestContext.Current.CancellationToken).Dispose());
        Assert.Contains($"1 to {longest}", error.Message, StringComparison.Ordinal);
    }

    private string Model(string type, string window)
    {
        string source = SharedData.Require("golden/llama/tiny/a_safetensors_fp32");
        foreach (string file in Directory.GetFiles(source))
        {
            string copy = Path.Combine(_folder, Path.GetFileName(file));
            File.WriteAllBytes(copy, File.ReadAllBytes(file));
        }

        string path = Path.Combine(_folder, "config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        config["model_type"] = type;
        config["architectures"] = new JsonArray(type == "mistral" ? "MistralForCausalLM" : "LlamaForCausalLM");
        config["max_position_embeddings"] = 256;
        config["sliding_window"] = JsonNode.Parse(window);
        File.WriteAllText(path, config.ToJsonString());
        return _folder;
    }
}
