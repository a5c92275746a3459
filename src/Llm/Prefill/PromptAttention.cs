using Jmlr.Llm.Configuration;
using Jmlr.Llm.Threading;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// Causal attention of a chunk of a long prompt in bf16, with scores and sums in fp32. Queries, keys and values are put into place head by head, by any thread, each by one;
/// keys and values are those of all tokens so far.
/// </summary>
abstract unsafe class PromptAttention : IDisposable
{
    /// <summary>The way that is faster here: on matrix units that libtorch lends, else by its fused kernel.</summary>
    internal static PromptAttention Of(LlamaConfiguration configuration, ThreadTeam team) =>
        TileProduct.IsSupported && TilePromptAttention.Supports(configuration) ? new TilePromptAttention(configuration, team) : new FusedPromptAttention(configuration, team);

    /// <summary>Bytes for a chunk of <paramref name="tokens"/> tokens at the end of <paramref name="length"/>, the larger of both ways.</summary>
    internal static long Measure(LlamaConfiguration c, int threads, int tokens, int length) =>
        Math.Max(FusedPromptAttention.Bytes(c, tokens, length), TilePromptAttention.Bytes(c, threads, tokens, length));

    /// <summary>Makes room for <paramref name="tokens"/> queries from <paramref name="position"/> on, and the keys and values of all until then.</summary>
    internal abstract void Shape(int position, int tokens);

    /// <summary>Takes the rotated query of a head and a token of the chunk, fp32 [head size].</summary>
    internal abstract void PutQuery(int head, int token, float* query);

    /// <summary>Takes a rotated key, fp32 [head size].</summary>
    internal abstract void PutKey(int head, int position, float* key);

    /// <summary>Takes a value, fp32 [head size].</summary>
    internal abstract void PutValue(int head, int position, float* value);

    /// <summary>Writes what the heads mixed to <paramref name="outputs"/> [tokens, heads x size]. Called within a dispose scope, without gradients.</summary>
    internal abstract void Run(Tensor outputs);

    /// <inheritdoc/>
    public abstract void Dispose();
}
