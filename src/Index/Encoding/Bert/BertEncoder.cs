using Jmlr.Index.Encoding.Attention;
using Jmlr.Index.Encoding.Passages;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.Bert;

/// <summary>
/// BERT forward pass (post-norm, erf GELU) over libtorch, weights and activations in one type. Layer norm and softmax accumulate in fp32 inside
/// libtorch whatever the type, so bf16 needs no casts between operations. Attention is our own kernel in bf16 where the processor has AVX-512, else the fused kernel of
/// libtorch in fp32 and two plain products in bf16, where the fused one takes twice as long at the lengths of passages (bench "layer"). Passages in bf16 go another way
/// where the processor has matrix units: <see cref="Passages"/>; the few tokens of a query in fp32 have an encoder of their own, without libtorch.
/// </summary>
sealed class BertEncoder : IDisposable
{
    private readonly BertConfiguration _configuration;
    private readonly BertWeights _weights;
    private readonly FusedAttention? _attention;

    internal BertEncoder(BertConfiguration configuration, BertWeights weights, int threads)
    {
        _configuration = configuration;
        _weights = weights;
        _attention = FusedAttention.Supports(configuration.HeadSize, weights.Type, weights.Device) ? new FusedAttention(configuration.HeadCount, configuration.HeadSize, threads) : null;
        Passages = PassageBert.Supports(configuration, weights) ? new PassageBert(configuration, weights) : null;
    }

    /// <summary>The way of passages in bf16 where the processor has matrix units; else null.</summary>
    internal PassageBert? Passages { get; }

    /// <summary>
    /// Last hidden state [batch, tokens, hidden] for ids [batch, tokens]; attention looks at the first <paramref name="lengths"/>[i] tokens of row i, everywhere when null.
    /// </summary>
    internal Tensor Forward(Tensor ids, int[]? lengths)
    {
        long batch = ids.shape[0], tokens = ids.shape[1];
        Tensor? mask = lengths is null || _attention is not null ? null : Mask(lengths, tokens);
        Tensor hidden = _weights.WordEmbedding.index_select(0, ids.flatten()).view(batch, tokens, _configuration.HiddenSize);
        hidden = hidden.add_(_weights.TypeEmbedding).add_(_weights.PositionEmbedding[..(int)tokens]);
        hidden = Normalise(hidden, _weights.EmbeddingNormWeight, _weights.EmbeddingNormBias);
        foreach (BertLayer layer in _weights.Layers)
        {
            // One scope a layer: its intermediates go back to the allocator before the next one asks.
            using var scope = NewDisposeScope();
            Tensor context = Attend(hidden, layer, lengths, mask);
            Tensor attended = nn.functional.linear(context, layer.OutputWeight, layer.OutputBias).add_(hidden);
            attended = Normalise(attended, layer.OutputNormWeight, layer.OutputNormBias);
            Tensor inner = nn.functional.gelu(nn.functional.linear(attended, layer.IntermediateWeight, layer.IntermediateBias));
            Tensor output = nn.functional.linear(inner, layer.FinalWeight, layer.FinalBias).add_(attended);
            Tensor next = Normalise(output, layer.FinalNormWeight, layer.FinalNormBias).MoveToOuterDisposeScope();
            hidden.Dispose();
            hidden = next;
        }

        return hidden;
    }

    public void Dispose()
    {
        _attention?.Dispose();
        Passages?.Dispose();
        _weights.Dispose();
    }

    private Tensor Attend(Tensor hidden, BertLayer layer, int[]? lengths, Tensor? mask)
    {
        long batch = hidden.shape[0], tokens = hidden.shape[1];
        Tensor joined = nn.functional.linear(hidden, layer.AttentionWeight, layer.AttentionBias); // [batch, tokens, 3 * hidden]
        if (_attention is not null)
        {
            return _attention.Run(joined, lengths);
        }

        joined = joined.view(batch, tokens, 3, _configuration.HeadCount, _configuration.HeadSize).permute(2, 0, 3, 1, 4); // [3, batch, heads, tokens, head]
        Tensor context = _weights.QueriesAreScaled
            ? Plain(joined[0], joined[1], joined[2], mask)
            : nn.functional.scaled_dot_product_attention(joined[0], joined[1], joined[2], mask); // [batch, heads, tokens, head]
        return context.transpose(1, 2).reshape(batch, tokens, _configuration.HiddenSize);
    }

    // The factor 1 / sqrt(head) is in the query weights already.
    private static Tensor Plain(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        Tensor scores = queries.matmul(keys.transpose(-2, -1)); // [batch, heads, tokens, tokens]
        return (mask is null ? scores : scores.add_(mask)).softmax(-1).matmul(values);
    }

    /// <summary>[batch, 1, 1, tokens]: true where attention may look; for the plain product, which adds it to its scores, 0 there and minus infinity elsewhere.</summary>
    private Tensor Mask(int[] lengths, long tokens)
    {
        Tensor seen = arange(tokens, device: _weights.Device).unsqueeze(0).lt(tensor(lengths, device: _weights.Device).unsqueeze(1)).view(lengths.Length, 1, 1, tokens);
        return _weights.QueriesAreScaled ? zeros_like(seen, _weights.Type).masked_fill_(seen.logical_not(), double.NegativeInfinity) : seen;
    }

    private Tensor Normalise(Tensor value, Tensor weight, Tensor bias) =>
        nn.functional.layer_norm(value, [_configuration.HiddenSize], weight, bias, _configuration.LayerNormEpsilon);
}
