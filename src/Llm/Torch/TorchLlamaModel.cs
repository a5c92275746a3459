using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Jmlr.Llm.Torch;

/// <summary>
/// The forward pass of Llama (transformers <c>modeling_llama.py</c>) in libtorch, for CUDA and for training: every step can be differentiated when there is no cache.
/// Norms and rotations are computed in fp32; attention is libtorch's fused kernel, to which the keys of a group are a view, not a copy.
/// </summary>
sealed class TorchLlamaModel(LlamaConfiguration configuration, TorchLlamaWeights weights)
{
    private readonly float[] _frequencies = RotaryFrequencies.Of(configuration);

    /// <summary>Residual stream [batch, tokens, hidden] after the last norm for <paramref name="ids"/> [batch, tokens], which follow what <paramref name="cache"/> holds (batch 1 then).</summary>
    internal Tensor Hidden(Tensor ids, TorchKeyValueCache? cache, CancellationToken cancellation)
    {
        int position = cache?.Length ?? 0, tokens = (int)ids.shape[1];
        using DisposeScope scope = NewDisposeScope();
        Tensor x = weights.Embedding.index_select(0, ids.flatten()).view(ids.shape[0], tokens, configuration.HiddenSize);
        (Tensor cos, Tensor sin) = Angles(position, tokens);

        // One token sees everything, a prompt from the beginning has the kernel's own mask: only what comes behind others needs one.
        Tensor? mask = tokens == 1 || position == 0 ? null : ones(tokens, position + tokens, dtype: @bool, device: weights.Device).tril(position);
        for (int layer = 0; layer < configuration.LayerCount; layer++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope inner = NewDisposeScope();
            TorchBlock w = weights.Blocks[layer];
            Tensor attended = x + Attention(w, Normed(x, w.AttentionNorm), cos, sin, mask, cache, layer);
            Tensor[] halves = linear(Normed(attended, w.FeedForwardNorm), w.GateUp, w.GateUpBias).chunk(2, -1);
            Tensor next = attended + linear(silu(halves[0]) * halves[1], w.Down, w.DownBias);
            x = next.MoveToOuterDisposeScope();
        }

        return Normed(x, weights.OutputNorm).MoveToOuterDisposeScope();
    }

    /// <summary>Logits [..., vocabulary] of what <see cref="Hidden"/> gave.</summary>
    internal Tensor Logits(Tensor hidden) => linear(hidden, weights.Output);

    private Tensor Attention(TorchBlock w, Tensor input, Tensor cos, Tensor sin, Tensor? mask, TorchKeyValueCache? cache, int layer)
    {
        LlamaConfiguration c = configuration;
        long batch = input.shape[0], tokens = input.shape[1];
        int size = c.HeadSize, groups = c.KeyValueHeadCount, group = c.HeadCount / groups;
        Tensor[] parts = linear(input, w.QueryKeyValue, w.QueryKeyValueBias).split([(long)c.HeadCount * size, (long)groups * size, (long)groups * size], -1);
        Tensor queries = Rotated(parts[0].view(batch, tokens, c.HeadCount, size).transpose(1, 2), cos, sin);
        Tensor keys = Rotated(parts[1].view(batch, tokens, groups, size).transpose(1, 2), cos, sin);
        Tensor values = parts[2].view(batch, tokens, groups, size).transpose(1, 2);
        if (cache is not null)
        {
            (keys, values) = cache.Append(layer, keys[0], values[0]);
        }

        // Queries of a group stand beside each other: [batch * groups, group, tokens, size] against keys [batch * groups, 1 (seen group times), length, size].
        long length = keys.shape[^2];
        Tensor mixed = scaled_dot_product_attention(
            queries.reshape(batch * groups, group, tokens, size), Shared(keys), Shared(values), mask, is_casual: mask is null && tokens > 1);
        return linear(mixed.view(batch, c.HeadCount, tokens, size).transpose(1, 2).reshape(batch, tokens, (long)c.HeadCount * size), w.AttentionOutput, w.AttentionOutputBias);

        Tensor Shared(Tensor one) => one.reshape(batch * groups, 1, length, size).expand(batch * groups, group, length, size);
    }

    private Tensor Normed(Tensor x, Tensor weight)
    {
        Tensor wide = x.to(float32);
        Tensor scaled = wide * rsqrt(wide.square().mean([-1], keepdim: true) + configuration.RmsNormEpsilon);
        return weight * scaled.to(weights.Type);
    }

    // Pairs are i and i + half, as in Hugging Face.
    private Tensor Rotated(Tensor heads, Tensor cos, Tensor sin)
    {
        Tensor[] halves = heads.to(float32).chunk(2, -1);
        return cat([(halves[0] * cos) - (halves[1] * sin), (halves[1] * cos) + (halves[0] * sin)], -1).to(weights.Type);
    }

    private (Tensor Cos, Tensor Sin) Angles(int position, int tokens)
    {
        int half = _frequencies.Length;
        float[] cos = new float[tokens * half], sin = new float[tokens * half];
        for (int t = 0; t < tokens; t++)
        {
            for (int i = 0; i < half; i++)
            {
                (double s, double c) = Math.SinCos((position + t) * _frequencies[i]);
                (cos[(t * half) + i], sin[(t * half) + i]) = ((float)c, (float)s);
            }
        }

        return (tensor(cos, device: weights.Device).view(tokens, half), tensor(sin, device: weights.Device).view(tokens, half));
    }
}
