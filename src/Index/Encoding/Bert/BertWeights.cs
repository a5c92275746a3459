using System.Runtime.InteropServices;
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
    private readonly BertFile _file;
    private readonly double _queryFactor;

    /// <summary>Reads them from <paramref name="file"/>, which is not needed afterwards.</summary>
    internal BertWeights(BertFile file, ScalarType type, Device device)
    {
        _file = file;
        Type = type;
        QueriesAreScaled = type == bfloat16;
        // Scaled before rounding to bf16: one rounding, not two.
        _queryFactor = QueriesAreScaled ? 1 / Math.Sqrt(file.Configuration.HeadSize) : 1;
        Device = device;
        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        WordEmbedding = Load(BertFile.Words + BertFile.Weight);
        PositionEmbedding = Load(BertFile.Positions + BertFile.Weight);
        TypeEmbedding = Keep(Read(BertFile.Types + BertFile.Weight)[0].clone());
        EmbeddingNormWeight = Load(BertFile.EmbeddingNorm + BertFile.Weight);
        EmbeddingNormBias = Load(BertFile.EmbeddingNorm + BertFile.Bias);
        Layers = [.. file.Layers.Select(ReadLayer)];
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

    private BertLayer ReadLayer(BertLayerNames names)
    {
        (string weight, string bias) = (BertFile.Weight, BertFile.Bias);
        return new BertLayer(
            Join(names.Attention, weight), Join(names.Attention, bias),
            Load(names.Output + weight), Load(names.Output + bias), Load(names.OutputNorm + weight), Load(names.OutputNorm + bias),
            Load(names.Intermediate + weight), Load(names.Intermediate + bias),
            Load(names.Final + weight), Load(names.Final + bias), Load(names.FinalNorm + weight), Load(names.FinalNorm + bias));
    }

    /// <summary>Queries, keys and values, one below the other.</summary>
    private Tensor Join(string[] names, string kind) => Keep(cat([Read(names[0] + kind).mul_(_queryFactor), Read(names[1] + kind), Read(names[2] + kind)], 0));

    private Tensor Load(string name) => Keep(Read(name));

    private Tensor Keep(Tensor tensor)
    {
        Tensor kept = tensor.to(Type, Device).DetachFromDisposeScope();
        _all.Add(kept);
        return kept;
    }

    /// <summary>The stored values widened to fp32.</summary>
    private Tensor Read(string name)
    {
        Tensor tensor = empty(_file.ShapeOf(name), float32);
        _file.Read(name, MemoryMarshal.Cast<byte, float>(tensor.bytes));
        return tensor;
    }
}
