using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Weights;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests.Configuration;

/// <summary>Damaged and hostile models end in a typed error with one line, good ones run.</summary>
public sealed class HostileModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-hostile-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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

    [Fact]
    public void Hostile_weight_files_in_a_model_folder()
    {
        string config = Path.Combine(SharedData.Require("golden/llama/tiny/a_safetensors_fp32"), "config.json");
        foreach ((string name, string _) in Cases("safetensors/").Concat(Cases("bin/")))
        {
            string folder = Path.Combine(_folder, Path.GetFileNameWithoutExtension(name));
            Directory.CreateDirectory(folder);
            File.Copy(config, Path.Combine(folder, "config.json"), overwrite: true);
            File.Copy(SharedData.Require("golden/llama/hostile/" + name), Path.Combine(folder, name.StartsWith("bin", StringComparison.Ordinal) ? "pytorch_model.bin" : "model.safetensors"), overwrite: true);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Refused(name, () => GeneratorLoader.Open(folder, new GeneratorLoadOptions { Threads = 1 }, TestContext.Current.CancellationToken).Dispose());
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 << 20, $"{name}: it allocates too much");
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_listed_file_is_met()
    {
        int met = ((string[])["gguf/", "safetensors/", "bin/", "dirs/config_", "dirs/index_", "dirs/adapter_"]).Sum(start => Cases(start).Count());
        Assert.Equal(156, met);
        Assert.Equal(met, Cases("").Count());
        Assert.Equal(Cases("dirs/adapter_").Count(), Directory.GetDirectories(SharedData.Require("golden/llama/hostile/dirs"), "adapter_*").Length);
    }

    [Theory]
    [InlineData("d_gguf/tiny-Q8_0.gguf")]
    [InlineData("a_safetensors_fp32/model.safetensors")]
    [InlineData("c_bin_sharded_fp16")]
    public void Truncated_downloads(string model)
    {
        string from = SharedData.Require("golden/llama/tiny/" + model), folder = Directory.Exists(from) ? from : Path.GetDirectoryName(from)!;
        foreach (string file in Directory.GetFiles(folder).Where(file => Directory.Exists(from) || file == from || file.EndsWith(".json", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        string cut = Directory.Exists(from) ? Directory.GetFiles(_folder, "*.bin").Order(StringComparer.Ordinal).Last() : Path.Combine(_folder, Path.GetFileName(from));
        string opened = model.EndsWith(".gguf", StringComparison.Ordinal) ? cut : _folder;
        byte[] whole = File.ReadAllBytes(cut);
        for (int i = 0; i < 40; i++)
        {
            int length = i < 20 ? (int)((long)whole.Length * i / 20) : whole.Length - (1 << (i - 20) % 17);
            File.WriteAllBytes(cut, whole.AsSpan(0, Math.Max(length, 0)).ToArray());
            string message = Refused($"{model} cut to {length}", () => LlamaCheckpoint.Open(opened).Dispose());
            Assert.Contains(Path.GetFileName(cut), message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_weight_that_is_no_number_is_named()
    {
        string path = Path.Combine(_folder, "nan.gguf");
        File.Copy(SharedData.Require("golden/llama/tiny/d_gguf/tiny-Q8_0.gguf"), path);
        long at;
        using (GgufFile file = new(path))
        {
            at = file.Tensors["blk.1.ffn_gate.weight"].Offset + (34 * 5);
        }

        byte[] bytes = File.ReadAllBytes(path);
        (bytes[at], bytes[at + 1]) = (0x00, 0x7E);
        File.WriteAllBytes(path, bytes);
        string message = Refused(path, () => Goldens.Load(path, reference: false).Dispose());
        Assert.Contains("blk.1.ffn_gate.weight", message, StringComparison.Ordinal);
        Assert.Contains("nan.gguf", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_alone_is_told_from_a_folder_without_a_configuration()
    {
        string message = Refused("adapter", () => LlamaCheckpoint.Open(SharedData.Require("golden/llama/lora/tiny_longlora")).Dispose());
        Assert.Contains("LoRA adapter", message, StringComparison.Ordinal);
        Assert.DoesNotContain("LoRA", Refused("empty", () => LlamaCheckpoint.Open(_folder).Dispose()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tokenizer_of_another_model_is_refused()
    {
        foreach (string file in Directory.GetFiles(SharedData.Require("golden/llama/tiny/a_safetensors_fp32")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        File.Copy(SharedData.Require("tokenizers/llama2_tokenizer.model"), Path.Combine(_folder, "tokenizer.model"));
        string message = Refused("llama2", () => GeneratorLoader.Open(_folder, null, TestContext.Current.CancellationToken).Dispose());
        Assert.Contains("32000 tokens, the embedding 320 rows", message, StringComparison.Ordinal);
    }

    private static string Refused(string what, Action open)
    {
        Exception? error = Record.Exception(open);
        Assert.True(error is JmlrException, $"{what}: {error?.ToString() ?? "accepted"}");
        string message = error?.Message ?? "";
        Assert.DoesNotContain('\n', message);
        return message;
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
