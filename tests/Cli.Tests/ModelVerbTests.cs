using System.Text.Json;
using Jmlr.Models.Files;

namespace Jmlr.Cli.Tests;

/// <summary>The <c>model</c> verbs on the shipped generator.</summary>
public sealed class ModelVerbTests : IDisposable
{
    private static readonly string s_generator = Path.Combine(SharedData.Repository, "models/jmlr-mini/generator/SmolLM2-135M-Instruct.Q4_1.gguf");
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-model-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ask", "--help")] // without the argument that it needs
    [InlineData("model", "quantize", "-h")]
    [InlineData("model", "inspect", "--help")]
    public void Help_is_given_without_arguments(params string[] arguments)
    {
        JmlrRun run = JmlrProcess.Run(arguments);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains($"jmlr {string.Join(' ', arguments[..^1])} ", run.Output[run.Output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_argument_is_named_with_where_to_look()
    {
        JmlrRun run = JmlrProcess.Run("model", "quantize");
        Assert.Equal(2, run.ExitCode);
        Assert.EndsWith("see 'jmlr model quantize --help'", run.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_counts_the_memory()
    {
        JmlrRun run = JmlrProcess.Run("model", "inspect", s_generator, "--context", "2048", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement root = JsonDocument.Parse(run.Output).RootElement, memory = root.GetProperty("memory");
        Assert.Equal("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", root.GetProperty("sha256").GetString());
        Assert.Equal(2048 * 23040, memory.GetProperty("key_values").GetInt64());
        Assert.Equal(
            memory.GetProperty("needed").GetInt64(), memory.GetProperty("weights").GetInt64() + memory.GetProperty("key_values").GetInt64() + memory.GetProperty("scratch").GetInt64());
        Assert.Equal(2, JmlrProcess.Run("model", "inspect", s_generator, "--context", "9000").ExitCode);
    }

    [Fact]
    public void Inspect_names_every_file_and_every_tensor()
    {
        string folder = SharedData.Require("golden/llama/tiny/b_safetensors_sharded_fp16");
        JmlrRun run = JmlrProcess.Run("model", "inspect", folder, "--shapes", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement root = JsonDocument.Parse(run.Output).RootElement;
        JsonElement[] files = [.. root.GetProperty("files").EnumerateArray()];
        Assert.Equal(Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).Select(Path.GetFileName), files.Select(file => Path.GetFileName(file.GetProperty("path").GetString())));
        Assert.All(files, file => Assert.Equal(ContentHash.OfFile(file.GetProperty("path").GetString()!, TestContext.Current.CancellationToken), file.GetProperty("sha256").GetString()));
        JsonElement tensor = root.GetProperty("shapes").EnumerateArray().Single(shape => shape.GetProperty("name").GetString() == "model.layers.1.mlp.gate_proj.weight");
        Assert.Equal(("f16", 176, 64), (tensor.GetProperty("type").GetString(), tensor.GetProperty("shape")[0].GetInt32(), tensor.GetProperty("shape")[1].GetInt32()));

        string text = JmlrProcess.Run("model", "inspect", folder).Output;
        Assert.All(files, file => Assert.Contains(file.GetProperty("sha256").GetString()!, text, StringComparison.Ordinal));
        Assert.DoesNotContain("gate_proj", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Quantize_writes_a_model_and_tells_what_it_cost()
    {
        string text = Path.Combine(_folder, "text.txt"), output = Path.Combine(_folder, "small.gguf");
        File.WriteAllText(text, "The heart has four chambers. Blood returns from the body to the right atrium, and from the lungs to the left atrium.");
        JmlrRun run = JmlrProcess.Run("model", "quantize", s_generator, output, "--type", "q8_0", "--text", text, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(new FileInfo(output).Length, result.GetProperty("bytes").GetInt64());
        Assert.InRange(result.GetProperty("perplexity_after").GetDouble() / result.GetProperty("perplexity_before").GetDouble(), 0.97, 1.03);

        // A file that is there is not overwritten unasked; a type that is not written is a usage error.
        Assert.Equal(2, JmlrProcess.Run("model", "quantize", s_generator, output).ExitCode);
        Assert.Equal(2, JmlrProcess.Run("model", "quantize", s_generator, Path.Combine(_folder, "x.gguf"), "--type", "q6_k").ExitCode);
    }
}
