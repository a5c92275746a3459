using System.Text.Json;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Torch;
using Jmlr.Llm.Weights;
using TorchSharp;

namespace Jmlr.Llm.Tests.Torch;

/// <summary>The same models through libtorch: the golden logits, and what the executor in C# computes.</summary>
public sealed class TorchExecutorTests
{
    [Theory]
    [InlineData("a_safetensors_fp32", "a_fp32")]
    [InlineData("c_bin_sharded_bf16", "c_bf16")]
    [InlineData("d_gguf/tiny-Q4_0.gguf", "d_gguf_Q4_0")]
    [InlineData("e_mha_vocab321_linear8", "e_linear8")]
    public void Golden_logits_in_fp32(string model, string golden)
    {
        using TorchLlamaExecutor executor = Open(model, reference: true);
        List<float> rows = [];
        foreach (JsonElement sequence in Goldens.Json("tiny/tiny.json").GetProperty(golden[0] == 'e' ? "sequences_e" : "sequences").EnumerateArray())
        {
            rows.AddRange(Goldens.AllLogits(executor, Goldens.Ints(sequence)));
        }

        Goldens.Close(Goldens.Floats("tiny/logits.safetensors", golden), [.. rows], 1e-4);
    }

    [Theory]
    [InlineData(true, 1e-4)]
    [InlineData(false, 0.2)]
    public void A_prompt_in_pieces_gives_what_the_executor_in_CSharp_gives(bool reference, double tolerance)
    {
        int[] ids = [.. Enumerable.Range(0, 61).Select(i => 3 + (i * 37 % 300))];
        using CpuLlamaExecutor own = Goldens.Load(SharedData.Require("golden/llama/tiny/a_safetensors_fp32"), reference: true);
        using TorchLlamaExecutor executor = Open("a_safetensors_fp32", reference);
        float[] expected = Goldens.LastLogits(own, ids), logits = new float[expected.Length];
        using IKeyValueCache cache = executor.CreateCache(ids.Length);
        foreach ((int from, int to) in ((int, int)[])[(0, 20), (20, 21), (21, 22), (22, 50), (30, 61)])
        {
            cache.Truncate(from);
            executor.Forward(ids.AsSpan(from..to), cache, logits, TestContext.Current.CancellationToken);
            Assert.Equal(to, cache.Length);
        }

        Goldens.Close(expected, logits, tolerance);
        Assert.Equal(reference ? "torch-fp32-cpu" : "torch-bf16-cpu", executor.Path);
    }

    [Fact]
    public void Cancelling_leaves_the_cache_as_it_was()
    {
        using TorchLlamaExecutor executor = Open("a_safetensors_fp32", reference: true);
        using TorchLlamaExecutor other = Open("a_safetensors_fp32", reference: true);
        using IKeyValueCache cache = executor.CreateCache(16), foreign = other.CreateCache(16);
        executor.Forward([1, 2, 3], cache, [], TestContext.Current.CancellationToken);
        Assert.ThrowsAny<OperationCanceledException>(() => executor.Forward([4, 5], cache, [], new CancellationToken(canceled: true)));
        Assert.Equal(3, cache.Length);
        Assert.Throws<ArgumentException>(() => executor.Forward([4], foreign, [], TestContext.Current.CancellationToken));
        Assert.Throws<Jmlr.Models.Errors.JmlrOperationException>(() => executor.Forward(new int[14], cache, [], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_generator_writes_the_same_text_with_either_executor()
    {
        string path = Goldens.SmolLm2Path;
        var options = new GenerationOptions { MaxTokens = 24 };
        using IGenerator own = GeneratorLoader.Open(path, new GeneratorLoadOptions { Reference = true, ContextLength = 256, Threads = 2 }, TestContext.Current.CancellationToken);
        using IGenerator other = GeneratorLoader.Open(path, new GeneratorLoadOptions { Reference = true, ContextLength = 256, Threads = 2, TorchDevice = "cpu" }, TestContext.Current.CancellationToken);
        List<int> prompt = [];
        own.Tokenizer.EncodeIds("The first treatment of anaphylaxis is", parseSpecial: false, prompt);
        Assert.Equal(
            own.Generate(prompt, options, null, TestContext.Current.CancellationToken).Text,
            other.Generate(prompt, options, null, TestContext.Current.CancellationToken).Text);
        Assert.IsType<TorchLlamaExecutor>(other.Executor);
    }

    [Fact]
    public void The_pass_can_be_differentiated()
    {
        using var checkpoint = LlamaCheckpoint.Open(SharedData.Require("golden/llama/tiny/a_safetensors_fp32"));
        Jmlr.Models.Torch.TorchRuntime.Start(1);
        using TorchLlamaWeights weights = new(checkpoint, torch.float32, torch.CPU, TestContext.Current.CancellationToken);
        var model = new TorchLlamaModel(checkpoint.Configuration, weights);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor ids = torch.tensor(new long[] { 1, 5, 9, 7, 1, 6, 2, 3 }).view(2, 4), weight = weights.Blocks[0].QueryKeyValue;
        weight.requires_grad_(true);
        torch.Tensor Loss() => torch.nn.functional.cross_entropy(model.Logits(model.Hidden(ids, null, default)).view(8, -1), ids.flatten());
        Loss().backward();
        double slope = weight.grad!.square().sum().item<float>(), before = Loss().item<float>();
        using (torch.no_grad())
        {
            weight.sub_(weight.grad * 1e-2);
        }

        // A small step downhill lowers the loss by its length times the slope.
        Assert.InRange((before - Loss().item<float>()) / (1e-2 * slope), 0.8, 1.2);
    }

    private static TorchLlamaExecutor Open(string model, bool reference)
    {
        using var checkpoint = LlamaCheckpoint.Open(SharedData.Require("golden/llama/tiny/" + model));
        return TorchLlamaExecutor.Load(checkpoint, "cpu", reference, 2, 64, TestContext.Current.CancellationToken);
    }
}
