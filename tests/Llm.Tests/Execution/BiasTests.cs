using System.Text.Json.Nodes;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Export;
using Jmlr.Llm.Torch;
using Jmlr.Llm.Weights;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers.Vocabulary;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests.Execution;

/// <summary>Models whose matrices have biases: both executors and the written GGUF file agree.</summary>
public sealed class BiasTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-bias-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Biases_are_added_in_the_order_of_the_rows()
    {
        Write(leaveOut: null);
        int[] ids = [.. Enumerable.Range(0, 21).Select(i => 3 + (i * 37 % 300))];
        using CpuLlamaExecutor own = Goldens.Load(_folder, reference: true), plain = Goldens.Load(SharedData.Require("golden/llama/tiny/a_safetensors_fp32"), reference: true);
        float[] logits = Goldens.AllLogits(own, ids), without = Goldens.AllLogits(plain, ids);
        Assert.True(logits.Zip(without, (a, b) => Math.Abs(a - b)).Max() > 0.1);

        using var checkpoint = LlamaCheckpoint.Open(_folder);
        using var torch = TorchLlamaExecutor.Load(checkpoint, "cpu", single: true, 1, 64, TestContext.Current.CancellationToken);
        Goldens.Close(Goldens.AllLogits(torch, ids), logits, 1e-4);

        // Rows of Q and K, and their biases with them, are stored in pairs there.
        string gguf = Path.Combine(_folder, "biased.gguf");
        using (GgufFile named = new(SharedData.Require("golden/llama/tiny/d_gguf/tiny-F32.gguf")))
        {
            var vocabulary = new GeneratorVocabulary
            {
                Path = named.Path,
                Family = TokenizerFamily.SentencePieceBpe,
                Tokens = named.Metadata.GetStrings("tokenizer.ggml.tokens")!,
                Scores = named.Metadata.GetSingles("tokenizer.ggml.scores")!,
            };
            GgufExport.Write(checkpoint, vocabulary, TensorType.F32, "biased", gguf, TestContext.Current.CancellationToken);
        }

        using CpuLlamaExecutor written = Goldens.Load(gguf, reference: true), quantised = Goldens.Load(gguf, reference: false);
        Goldens.Close(logits, Goldens.AllLogits(written, ids), 1e-5);
        Goldens.Close(logits, Goldens.AllLogits(quantised, ids), 0.5);
        Goldens.Close(logits.AsSpan(^320..), Goldens.LastLogits(own, ids), 1e-5);
    }

    [Fact]
    public void A_bias_that_is_promised_and_missing_is_named()
    {
        Write(leaveOut: "model.layers.1.self_attn.k_proj.bias");
        string message = Assert.Throws<JmlrDataException>(() => LlamaCheckpoint.Open(_folder)).Message;
        Assert.Contains("no tensor 'model.layers.1.self_attn.k_proj.bias'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bias_of_another_length_is_named()
    {
        Write(leaveOut: null, longer: "model.layers.0.mlp.up_proj.bias");
        string message = Assert.Throws<JmlrDataException>(() => LlamaCheckpoint.Open(_folder)).Message;
        Assert.Contains("tensor 'model.layers.0.mlp.up_proj.bias' is [177], expected [176]", message, StringComparison.Ordinal);
    }

    // The tiny model with random biases at every matrix of a block.
    private void Write(string? leaveOut, string? longer = null)
    {
        string from = SharedData.Require("golden/llama/tiny/a_safetensors_fp32");
        List<(string Name, long[] Shape, float[] Values)> tensors = [];
        Random random = new(7);
        using (SafetensorsFile file = new(Path.Combine(from, "model.safetensors")))
        {
            foreach (TensorInfo tensor in file.Tensors.Values)
            {
                float[] values = new float[tensor.ElementCount];
                file.ReadFloat32(tensor.Name, values);
                tensors.Add((tensor.Name, [.. tensor.Shape], values));
                string bias = tensor.Name.Replace("proj.weight", "proj.bias", StringComparison.Ordinal);
                if (bias != tensor.Name && bias != leaveOut)
                {
                    long rows = tensor.Shape[0] + (bias == longer ? 1 : 0);
                    tensors.Add((bias, [rows], [.. Enumerable.Range(0, (int)rows).Select(_ => random.NextSingle() - 0.5f)]));
                }
            }
        }

        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(from, "config.json")))!.AsObject();
        (config["attention_bias"], config["mlp_bias"]) = (true, true);
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());
    }
}
