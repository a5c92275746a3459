using System.Text.Json;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Weights;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Execution;

/// <summary>PEFT adapters merged on loading.</summary>
public sealed class AdapterGoldenTests
{
    [Theory]
    [InlineData("tiny_all_lm_head")]
    [InlineData("tiny_modules_to_save")]
    [InlineData("tiny_rslora_regex")]
    [InlineData("tiny_patterns")]
    [InlineData("tiny_longlora")]
    public void Tiny_adapters(string adapter)
    {
        using CpuLlamaExecutor executor = Load(SharedData.Require("golden/llama/tiny/a_safetensors_fp32"), "lora/" + adapter, reference: true);
        JsonElement sequences = Goldens.Json("lora/tiny_lora.json").GetProperty(adapter == "tiny_longlora" ? "sequences_longlora" : "sequences");
        Goldens.Close(Goldens.Floats("lora/tiny_lora_logits.safetensors", adapter), [.. sequences.EnumerateArray().SelectMany(sequence => Goldens.AllLogits(executor, Goldens.Ints(sequence)))], 1e-4);
    }

    [Fact]
    public void SmolLm2_with_an_adapter()
    {
        using CpuLlamaExecutor executor = Load(Goldens.SmolLm2Path, "lora/smollm2_r4", reference: true);
        JsonElement prompts = Goldens.Json("smollm2/forward.json").GetProperty("prompts");
        foreach (string name in (string[])["p2", "p4"])
        {
            string tensor = $"smollm2.{name}.logits_last_adapter";
            Goldens.Close(Goldens.Floats("lora/smollm2_r4_goldens.safetensors", tensor), Goldens.LastLogits(executor, Goldens.Ints(prompts.GetProperty(name).GetProperty("ids"))), 1e-3);
        }
    }

    [Fact]
    public void Hostile_adapters_are_refused()
    {
        string[] folders = Directory.GetDirectories(SharedData.Require("golden/llama/hostile/dirs"), "adapter_*");
        Assert.NotEmpty(folders);
        Assert.All(folders, folder =>
        {
            using var checkpoint = LlamaCheckpoint.Open(SharedData.Require("golden/llama/tiny/a_safetensors_fp32"));
            Assert.ThrowsAny<JmlrException>(() => checkpoint.Attach(folder));
        });
    }

    private static CpuLlamaExecutor Load(string model, string adapter, bool reference)
    {
        using var checkpoint = LlamaCheckpoint.Open(model);
        checkpoint.Attach(SharedData.Require("golden/llama/" + adapter));
        return CpuLlamaExecutor.Load(checkpoint, reference, 2, 256, TestContext.Current.CancellationToken);
    }
}
