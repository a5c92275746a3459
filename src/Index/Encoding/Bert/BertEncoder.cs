using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.Bert;

/// <summary>
/// BERT forward pass (post-norm, erf GELU) over libtorch, weights and activations in one type. Layer norm and softmax accumulate in fp32 inside
/// libtorch whatever the type, so bf16 needs no casts between operations. Attention is the fused kernel of libtorch in fp32 and two plain products in bf16,
/// where the fused one takes twice as long at the lengths of passages (bench "layer").
/// </summary>
sealed class BertEncoder(BertConfiguration configuration, BertWeights weights) : IDisposable
{
    /// <summary>
    /// Last hidden state [batch, tokens, hidden] for ids [batch, tokens]; <paramref name="mask"/> [batch, 1, 1, tokens] is true where attention may look, null for everywhere.
    /// </summary>
    internal Tensor Forward(Tensor ids, Tensor? mask)
    {
        long batch = ids.shape[0], tokens = ids.shape[1];
        mask = mask is not null && weights.QueriesAreScaled ? Additive(mask, weights.Type) : mask;
        Tensor hidden = weights.WordEmbedding.index_select(0, ids.flatten()).view(batch, tokens, configuration.HiddenSize);
        hidden = hidden.add_(weights.TypeEmbedding).add_(weights.PositionEmbedding[..(int)tokens]);
        hidden = Normalise(hidden, weights.EmbeddingNormWeight, weights.EmbeddingNormBias);
        foreach (BertLayer layer in weights.Layers)
        {
            // One scope a layer: its intermediates go back to the allocator before the next one asks.
            using var scope = NewDisposeScope();
            Tensor context = Attend(hidden, layer, mask, batch, tokens);
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

    public void Dispose() => weights.Dispose();

    private Tensor Attend(Tensor hidden, BertLayer layer, Tensor? mask, long batch, long tokens)
    {
        Tensor joined = nn.functional.linear(hidden, layer.AttentionWeight, layer.AttentionBias) // [batch, tokens, 3 * hidden]
            .view(batch, tokens, 3, configuration.HeadCount, configuration.HeadSize).permute(2, 0, 3, 1, 4); // [3, batch, heads, tokens, head]
        Tensor context = weights.QueriesAreScaled
            ? Plain(joined[0], joined[1], joined[2], mask)
            : nn.functional.scaled_dot_product_attention(joined[0], joined[1], joined[2], mask); // [batch, heads, tokens, head]
        return context.transpose(1, 2).reshape(batch, tokens, configuration.HiddenSize);
    }

    // The factor 1 / sqrt(head) is in the query weights already.
    private static Tensor Plain(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        Tensor scores = queries.matmul(keys.transpose(-2, -1)); // [batch, heads, tokens, tokens]
        return (mask is null ? scores : scores.add_(mask)).softmax(-1).matmul(values);
    }

    /// <summary>0 where attention may look, minus infinity elsewhere: what the plain product adds to its scores.</summary>
    private static Tensor Additive(Tensor mask, ScalarType type) => zeros_like(mask, type).masked_fill_(mask.logical_not(), double.NegativeInfinity);

    private Tensor Normalise(Tensor value, Tensor weight, Tensor bias) =>
        nn.functional.layer_norm(value, [configuration.HiddenSize], weight, bias, configuration.LayerNormEpsilon);
}
