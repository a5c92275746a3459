using System.Text.Json;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

/// <summary>GGUF files of the tiny model and the shipped generator against what the reference tools read in them.</summary>
public sealed class GgufGoldenTests
{
    [Fact]
    public void Metadata_of_the_shipped_generator_is_that_of_the_inventory()
    {
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("golden/llama/gguf_inventory.json")));
        using var file = new GgufFile(Path.Combine(SharedData.Repository, "models/jmlr-mini/generator/SmolLM2-135M-Instruct.Q4_1.gguf"));
        int count = 0;
        foreach (JsonElement tensor in list.RootElement.GetProperty("tensors").EnumerateArray())
        {
            TensorInfo info = file.Tensors[tensor.GetProperty("name").GetString()!];
            Assert.Equal(tensor.GetProperty("type").GetString(), info.Type.ToString());
            count++;
        }

        Assert.Equal(272, count);
        Assert.Equal("llama", file.Metadata.GetString("general.architecture"));
        Assert.Equal(30, file.Metadata.GetInteger("llama.block_count"));
        Assert.Equal(3, file.Metadata.GetInteger("llama.attention.head_count_kv"));
        Assert.Equal(100_000, file.Metadata.GetNumber("llama.rope.freq_base"));
        Assert.Equal(49_152, file.Metadata.GetStrings("tokenizer.ggml.tokens")!.Length);
        Assert.Equal(49_152, file.Metadata.GetIntegers("tokenizer.ggml.token_type")!.Length);
    }

    [Fact]
    public void A_file_of_fp32_holds_the_values_of_the_checkpoint_it_was_made_from()
    {
        string tiny = SharedData.Require("golden/llama/tiny");
        using IWeightSource safe = WeightSource.Open(Path.Combine(tiny, "a_safetensors_fp32")), gguf = WeightSource.Open(Path.Combine(tiny, "d_gguf/tiny-F32.gguf"));
        // Rows of Q and K are permuted in GGUF: that is the model's affair, not the file's.
        (string Gguf, string Safe)[] pairs =
        [
            ("token_embd.weight", "model.embed_tokens.weight"), ("output.weight", "lm_head.weight"), ("output_norm.weight", "model.norm.weight"),
            ("blk.0.attn_v.weight", "model.layers.0.self_attn.v_proj.weight"), ("blk.1.ffn_down.weight", "model.layers.1.mlp.down_proj.weight"),
        ];
        foreach ((string left, string right) in pairs)
        {
            Assert.Equal(safe.Tensors[right].Shape, gguf.Tensors[left].Shape);
            Assert.Equal(Read(safe, right), Read(gguf, left));
        }
    }

    [Fact]
    public void Another_alignment_changes_no_value()
    {
        string folder = SharedData.Require("golden/llama/tiny/d_gguf");
        using IWeightSource narrow = WeightSource.Open(Path.Combine(folder, "tiny-Q4_0.gguf")), wide = WeightSource.Open(Path.Combine(folder, "tiny-Q4_0-align64.gguf"));
        Assert.Equal(narrow.Tensors.Count, wide.Tensors.Count);
        foreach (string name in narrow.Tensors.Keys)
        {
            Assert.Equal(Read(narrow, name), Read(wide, name));
        }
    }

    private static float[] Read(IWeightSource source, string name)
    {
        float[] values = new float[source.Tensors[name].ElementCount];
        source.ReadFloat32(name, values);
        return values;
    }
}
