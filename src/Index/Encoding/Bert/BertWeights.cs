using Jmlr.Models.Weights;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.Bert;

/// <summary>Tensors of one layer; query, key and value are joined into one matrix.</summary>
sealed record BertLayer(
    Tensor AttentionWeight, Tensor AttentionBias, // [3 * hidden, hidden], [3 * hidden]
    Tensor OutputWeight, Tensor OutputBias, Tensor OutputNormWeight, Tensor OutputNormBias, // [hidden, hidden], [hidden]
    Tensor IntermediateWeight, Tensor IntermediateBias, // [intermediate, hidden]
    Tensor FinalWeight, Tensor FinalBias, Tensor FinalNormWeight, Tensor FinalNormBias); // [hidden, intermediate]

/// <summary>All tensors of an encoder in one precision, detached from any scope; disposed together.</summary>
sealed class BertWeights : IDisposable
{
    private readonly List<Tensor> _all = [];
    private readonly IWeightSource _source;
    private readonly string _prefix;
    private readonly double _queryFactor;

    internal BertWeights(IWeightSource source, BertConfiguration configuration, ScalarType type, Device device)
    {
        _source = source;
        Type = type;
        QueriesAreScaled = type == bfloat16;
        // Scaled before rounding to bf16: one rounding, not two.
        _queryFactor = QueriesAreScaled ? 1 / Math.Sqrt(configuration.HeadSize) : 1;
        Device = device;
        _prefix = source.Tensors.ContainsKey("bert.embeddings.word_embeddings.weight") ? "bert." : "";
        int hidden = configuration.HiddenSize, inner = configuration.IntermediateSize;
        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        WordEmbedding = Load("embeddings.word_embeddings.weight", configuration.VocabularySize, hidden);
        PositionEmbedding = Load("embeddings.position_embeddings.weight", configuration.MaximumPositions, hidden);
        TypeEmbedding = Keep(Read("embeddings.token_type_embeddings.weight", [configuration.TypeCount, hidden])[0].clone());
        EmbeddingNormWeight = Load("embeddings.LayerNorm.weight", hidden);
        EmbeddingNormBias = Load("embeddings.LayerNorm.bias", hidden);
        Layers = [.. Enumerable.Range(0, configuration.LayerCount).Select(layer => ReadLayer($"encoder.layer.{layer}.", hidden, inner))];
    }

    /// <summary>Type of all tensors.</summary>
    internal ScalarType Type { get; }

    /// <summary>Where they lie.</summary>
    internal Device Device { get; }

    /// <summary>Whether query weights and biases hold the factor 1 / sqrt(head).</summary>
    internal bool QueriesAreScaled { get; }

    internal Tensor WordEmbedding { get; }

    internal Tensor PositionEmbedding { get; }

    internal Tensor TypeEmbedding { get; }

    internal Tensor EmbeddingNormWeight { get; }

    internal Tensor EmbeddingNormBias { get; }

    internal IReadOnlyList<BertLayer> Layers { get; }

    public void Dispose() => _all.ForEach(tensor => tensor.Dispose());

    private BertLayer ReadLayer(string name, long hidden, long inner)
    {
        string self = name + "attention.self.", output = name + "attention.output.";
        return new BertLayer(
            Keep(cat([Read(self + "query.weight", [hidden, hidden]).mul_(_queryFactor), Read(self + "key.weight", [hidden, hidden]), Read(self + "value.weight", [hidden, hidden])], 0)),
            Keep(cat([Read(self + "query.bias", [hidden]).mul_(_queryFactor), Read(self + "key.bias", [hidden]), Read(self + "value.bias", [hidden])], 0)),
            Load(output + "dense.weight", hidden, hidden), Load(output + "dense.bias", hidden), Load(output + "LayerNorm.weight", hidden), Load(output + "LayerNorm.bias", hidden),
            Load(name + "intermediate.dense.weight", inner, hidden), Load(name + "intermediate.dense.bias", inner),
            Load(name + "output.dense.weight", hidden, inner), Load(name + "output.dense.bias", hidden), Load(name + "output.LayerNorm.weight", hidden), Load(name + "output.LayerNorm.bias", hidden));
    }

    private Tensor Load(string name, params long[] shape) => Keep(Read(name, shape));

    private Tensor Keep(Tensor tensor)
    {
        Tensor kept = tensor.to(Type, Device).DetachFromDisposeScope();
        _all.Add(kept);
        return kept;
    }

    /// <summary>The stored values widened to fp32: [shape].</summary>
    private Tensor Read(string name, long[] shape)
    {
        string full = _prefix + name;
        if (!_source.Tensors.TryGetValue(full, out TensorInfo? info))
        {
            Throw.NoSuchTensor(_source.Path, full);
        }

        if (!info.Shape.SequenceEqual(shape))
        {
            Throw.WrongShape(_source.Path, full, info.Shape, shape);
        }

        Tensor tensor = empty(shape, float32);
        _source.ReadFloat32(full, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.bytes));
        return tensor;
    }
}
