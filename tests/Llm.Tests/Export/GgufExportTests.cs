using Jmlr.Llm.Execution;
using Jmlr.Llm.Export;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Tests.Execution;
using Jmlr.Llm.Weights;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.Vocabulary;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests.Export;

/// <summary>Converted, quantised and merged models compute what their sources compute.</summary>
public sealed class GgufExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a_safetensors_fp32", "a_fp32")]
    [InlineData("c_bin_sharded_bf16", "c_bf16")]
    [InlineData("e_mha_vocab321_linear8", "e_linear8")]
    public void Hugging_Face_folders_as_fp32(string model, string golden)
    {
        string output = Write("tiny/" + model, null, TensorType.F32);
        using CpuLlamaExecutor executor = Goldens.Load(output, reference: true);
        Goldens.Close(Goldens.Floats("tiny/logits.safetensors", golden), Rows(executor, golden[0] == 'e' ? "sequences_e" : "sequences"), 1e-4);
    }

    [Theory]
    [InlineData(TensorType.F16, 0.01)]
    [InlineData(TensorType.BF16, 0.1)]
    [InlineData(TensorType.Q8_0, 0.25)]
    [InlineData(TensorType.Q4_0, 4)]
    [InlineData(TensorType.Q4_1, 4)]
    public void Every_type_stays_close(TensorType type, double tolerance)
    {
        string output = Write("tiny/a_safetensors_fp32", null, type);
        using (GgufFile file = new(output))
        {
            Assert.Equal(type, file.Tensors["blk.0.attn_q.weight"].Type);
            Assert.Equal(TensorType.F32, file.Tensors["blk.0.attn_norm.weight"].Type);
            Assert.Equal(type is TensorType.Q4_0 or TensorType.Q4_1 ? TensorType.Q8_0 : type, file.Tensors["output.weight"].Type);

            // 176 columns are no whole blocks.
            Assert.Equal(TensorTypes.BlockSize(type) == 1 ? type : TensorType.F16, file.Tensors["blk.1.ffn_down.weight"].Type);
        }

        using CpuLlamaExecutor executor = Goldens.Load(output, reference: true);
        float[] exact = Goldens.Floats("tiny/logits.safetensors", "a_fp32"), ours = Rows(executor, "sequences");
        Goldens.Close(exact, ours, tolerance);
        if (type is TensorType.Q4_0 or TensorType.Q8_0)
        {
            // No further from the exact model than the file that gguf-py quantised.
            Assert.InRange(Distance(exact, ours), 0, 1.02 * Distance(exact, Goldens.Floats("tiny/logits.safetensors", $"d_gguf_{type}")));
        }

        static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => ((double)x - y) * (x - y)).Sum();
    }

    [Theory]
    [InlineData("tiny_all_lm_head", "sequences")]
    [InlineData("tiny_rslora_regex", "sequences")]
    [InlineData("tiny_longlora", "sequences_longlora")]
    public void Merged_adapters(string adapter, string sequences)
    {
        string output = Write("tiny/a_safetensors_fp32", "lora/" + adapter, TensorType.F32);
        using CpuLlamaExecutor executor = Goldens.Load(output, reference: true);
        IEnumerable<int[]> rows = Goldens.Json("lora/tiny_lora.json").GetProperty(sequences).EnumerateArray().Select(Goldens.Ints);
        Goldens.Close(Goldens.Floats("lora/tiny_lora_logits.safetensors", adapter), [.. rows.SelectMany(row => Goldens.AllLogits(executor, row))], 1e-4);
    }

    [Fact]
    public void A_GGUF_file_of_the_same_type_keeps_its_bytes_and_its_tokenizer()
    {
        string output = Path.Combine(_folder, "same.gguf");
        ExportResult result = ModelExport.Run(new ExportRequest(Goldens.SmolLm2Path, output, TensorType.Q4_1), TestContext.Current.CancellationToken);
        Assert.Equal(new FileInfo(output).Length, result.Bytes);
        using GgufFile before = new(Goldens.SmolLm2Path), after = new(output);
        Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
        Assert.All(before.Tensors.Keys, name => Assert.True(before.GetBytes(name).SequenceEqual(after.GetBytes(name)), name));
        Assert.Equal(GeneratorTokenizer.FromGguf(before).Hash, GeneratorTokenizer.FromGguf(after).Hash);
    }

    [Fact]
    public void Quantising_reports_the_change_of_perplexity()
    {
        string stories = Stories260k.Convert(_folder), output = Path.Combine(_folder, "q8.gguf");
        const string text = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big dog. The dog was very happy.";
        ExportResult result = ModelExport.Run(new ExportRequest(stories, output, TensorType.Q8_0) { Text = text, Threads = 2 }, TestContext.Current.CancellationToken);
        Assert.InRange(result.Before!.Value, 1.5, 12);
        Assert.Equal(result.Before.Value, result.After!.Value, 0.03 * result.Before.Value);
    }

    [Fact]
    public void Refusals()
    {
        CancellationToken none = TestContext.Current.CancellationToken;
        string stories = Stories260k.Convert(_folder);
        Assert.Throws<JmlrUsageException>(() => ModelExport.Run(new ExportRequest(stories, stories, TensorType.F16), none));
        Assert.Throws<JmlrUsageException>(() => ModelExport.Run(new ExportRequest(stories, Path.Combine(_folder, "x.gguf"), TensorType.Q6_K), none));
        Assert.Throws<JmlrOperationException>(() => ModelExport.Run(new ExportRequest(stories, Path.Combine(_folder, "no", "x.gguf"), TensorType.F16), none));
        Assert.Throws<JmlrUsageException>(() => ModelExport.Run(new ExportRequest(stories, Path.Combine(_folder, "y.gguf"), TensorType.F16) { Text = "" }, none));
        Assert.Empty(Directory.GetFiles(_folder, ".*"));
    }

    [Fact]
    public void Memory_is_told_before_loading()
    {
        ModelInspection small = ModelInspection.Of(Goldens.SmolLm2Path, 1024), large = ModelInspection.Of(Goldens.SmolLm2Path, 8192);
        Assert.Equal(134_515_008, small.Parameters);
        Assert.Equal(1024 * 30 * 3 * 64 * 2 * 2, small.Memory.KeyValues);
        Assert.Equal(KeyValueFormat.Q8, large.Memory.Format);
        Assert.Equal(small.MemoryWithSmallCache.KeyValuesPerToken, large.Memory.KeyValuesPerToken);
        Assert.InRange(small.Memory.Weights, 90_000_000, 100_000_000);
        Assert.Throws<JmlrUsageException>(() => ModelInspection.Of(Goldens.SmolLm2Path, 9000));

        // What the plan says is what the check compares.
        MemoryPlan plan = small.Memory;
        MemoryCheck.Require("m", plan, plan.Needed);
        string message = Assert.Throws<JmlrOperationException>(() => MemoryCheck.Require("m", plan, plan.Needed - (plan.KeyValuesPerToken * 24))).Message;
        Assert.Contains("at most 1000 tokens, or 8-bit keys and values", message, StringComparison.Ordinal);
        Assert.Contains("smaller or more strongly quantised", Assert.Throws<JmlrOperationException>(() => MemoryCheck.Require("m", plan, plan.Weights)).Message, StringComparison.Ordinal);
    }

    private string Write(string model, string? adapter, TensorType type)
    {
        string output = Path.Combine(_folder, $"{Guid.NewGuid():N}.gguf");
        using var checkpoint = LlamaCheckpoint.Open(SharedData.Require("golden/llama/" + model));
        if (adapter is not null)
        {
            checkpoint.Attach(SharedData.Require("golden/llama/" + adapter));
        }

        // The tiny models have no tokenizer of their own; rows beyond this one's become unused tokens.
        using GgufFile named = new(SharedData.Require("golden/llama/tiny/d_gguf/tiny-F32.gguf"));
        var vocabulary = new GeneratorVocabulary
        {
            Path = named.Path,
            Family = TokenizerFamily.SentencePieceBpe,
            Tokens = named.Metadata.GetStrings("tokenizer.ggml.tokens")!,
            Scores = named.Metadata.GetSingles("tokenizer.ggml.scores")!,
        };
        GgufExport.Write(checkpoint, vocabulary, type, "test", output, TestContext.Current.CancellationToken);
        return output;
    }

    private static float[] Rows(CpuLlamaExecutor executor, string sequences) =>
        [.. Goldens.Json("tiny/tiny.json").GetProperty(sequences).EnumerateArray().SelectMany(sequence => Goldens.AllLogits(executor, Goldens.Ints(sequence)))];
}
