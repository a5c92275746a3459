using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Weights;
using Jmlr.Models.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Jmlr.Llm.Torch;

/// <summary>Llama through libtorch: for CUDA, and the same pass that training differentiates. Weights in bf16 or fp32; keys and values of the same type, written in place.</summary>
public sealed class TorchLlamaExecutor : ILlamaExecutor
{
    private const int ChunkTokens = 2048;
    private readonly TorchLlamaWeights _weights;
    private readonly int _threads;

    private TorchLlamaExecutor(LlamaConfiguration configuration, TorchLlamaWeights weights, int threads)
    {
        (Configuration, _weights, _threads) = (configuration, weights, threads);
        Model = new TorchLlamaModel(configuration, weights);
    }

    /// <inheritdoc/>
    public LlamaConfiguration Configuration { get; }

    /// <inheritdoc/>
    public string Path => $"torch-{(_weights.Type == bfloat16 ? "bf16" : "fp32")}-{_weights.Device.type.ToString().ToLowerInvariant()}";

    /// <inheritdoc/>
    public bool SameBitsInCompany => false;

    /// <summary>The forward pass itself.</summary>
    internal TorchLlamaModel Model { get; }

    /// <summary>Widens the weights of <paramref name="checkpoint"/> onto <paramref name="device"/>; on the CPU memory is checked first.</summary>
    internal static TorchLlamaExecutor Load(LlamaCheckpoint checkpoint, string device, bool single, int threads, int contextLength, CancellationToken cancellation)
    {
        LlamaConfiguration c = checkpoint.Configuration;
        int elementBytes = single ? sizeof(float) : sizeof(ushort);
        if (device == TorchRuntime.Processor)
        {
            long perToken = 2L * c.LayerCount * c.KeyValueHeadCount * c.HeadSize * elementBytes;
            var plan = new MemoryPlan(contextLength, TorchLlamaWeights.Measure(c, elementBytes), 256L << 20, perToken, single ? KeyValueFormat.Full : KeyValueFormat.Half);
            MemoryCheck.Require(checkpoint.Path, plan, MemoryCheck.Available());
        }

        TorchRuntime.Start(threads);
        return new TorchLlamaExecutor(c, new TorchLlamaWeights(checkpoint, single ? float32 : bfloat16, TorchRuntime.Device(device), cancellation), threads);
    }

    /// <inheritdoc/>
    public IKeyValueCache CreateCache(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        TorchRuntime.Start(_threads);
        return new TorchKeyValueCache(this, Configuration, capacity, _weights.Type, _weights.Device);
    }

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<int> tokens, IKeyValueCache cache, Span<float> logits, CancellationToken cancellation = default)
    {
        if (cache is not TorchKeyValueCache own || own.Owner != this)
        {
            Throw.ForeignCache();
            return;
        }

        bool all = ForwardCheck.Require(tokens, cache, logits, Configuration.VocabularySize);
        TorchRuntime.Start(_threads);
        using IDisposable mode = inference_mode();
        int former = own.Length, vocabulary = Configuration.VocabularySize;
        try
        {
            for (int done = 0; done < tokens.Length; done += ChunkTokens)
            {
                ReadOnlySpan<int> chunk = tokens.Slice(done, Math.Min(ChunkTokens, tokens.Length - done));
                using DisposeScope scope = NewDisposeScope();
                Tensor hidden = Model.Hidden(tensor(chunk.ToArray(), int64, _weights.Device).unsqueeze(0), own, cancellation);
                own.Advance(chunk.Length);
                if (all)
                {
                    Copy(Model.Logits(hidden), logits.Slice(done * vocabulary, chunk.Length * vocabulary));
                }
                else if (!logits.IsEmpty && done + chunk.Length == tokens.Length)
                {
                    Copy(Model.Logits(hidden.narrow(1, chunk.Length - 1, 1)), logits);
                }
            }
        }
        catch
        {
            own.Truncate(former);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    private static void Copy(Tensor from, Span<float> to) => from.to(float32).cpu().flatten().data<float>().CopyTo(to);
}
