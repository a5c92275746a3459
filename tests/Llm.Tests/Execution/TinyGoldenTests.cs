using System.Text.Json;
using Jmlr.Llm.Execution;

namespace Jmlr.Llm.Tests.Execution;

/// <summary>The tiny model in every layout against the reference logits (fp32 arithmetic).</summary>
public sealed class TinyGoldenTests
{
    [Theory]
    [InlineData("a_safetensors_fp32", "a_fp32")]
    [InlineData("b_safetensors_sharded_fp16", "c_fp16")]
    [InlineData("c_safetensors_bf16", "c_bf16")]
    [InlineData("c_bin_sharded_fp16", "c_fp16")]
    [InlineData("c_bin_sharded_bf16", "c_bf16")]
    [InlineData("d_gguf/tiny-F32.gguf", "d_gguf_F32")]
    [InlineData("d_gguf/tiny-F16.gguf", "d_gguf_F16")]
    [InlineData("d_gguf/tiny-Q8_0.gguf", "d_gguf_Q8_0")]
    [InlineData("d_gguf/tiny-Q4_0.gguf", "d_gguf_Q4_0")]
    [InlineData("d_gguf/tiny-Q4_0-align64.gguf", "d_gguf_Q4_0")]
    [InlineData("e_mha_vocab321_linear8", "e_linear8")]
    public void Logits_of_every_layout(string model, string golden)
    {
        using CpuLlamaExecutor executor = Goldens.Load(SharedData.Require("golden/llama/tiny/" + model), reference: true);
        Goldens.Close(Goldens.Floats("tiny/logits.safetensors", golden), Rows(executor, golden[0] == 'e' ? "sequences_e" : "sequences"), 1e-4);
    }

    [Theory]
    [InlineData("d_gguf/tiny-Q8_0.gguf", "d_gguf_Q8_0", 0.5)]
    [InlineData("d_gguf/tiny-Q4_0.gguf", "d_gguf_Q4_0", 0.5)]
    [InlineData("a_safetensors_fp32", "a_fp32", 0.5)]
    public void Quantised_activations_stay_close(string model, string golden, double tolerance)
    {
        using CpuLlamaExecutor executor = Goldens.Load(SharedData.Require("golden/llama/tiny/" + model), reference: false);
        float[] expected = Goldens.Floats("tiny/logits.safetensors", golden), actual = Rows(executor, "sequences");
        Goldens.Close(expected, actual, tolerance);
        for (int row = 0; row < 31; row++)
        {
            float[] wanted = expected[(row * 320)..((row + 1) * 320)], got = actual[(row * 320)..((row + 1) * 320)];
            // The runner-up may win only where it was close.
            Assert.InRange(wanted.Max() - wanted[Array.IndexOf(got, got.Max())], 0, tolerance);
        }
    }

    private static float[] Rows(CpuLlamaExecutor executor, string sequences)
    {
        List<float> rows = [];
        foreach (JsonElement sequence in Goldens.Json("tiny/tiny.json").GetProperty(sequences).EnumerateArray())
        {
            rows.AddRange(Goldens.AllLogits(executor, Goldens.Ints(sequence)));
        }

        return [.. rows];
    }
}
