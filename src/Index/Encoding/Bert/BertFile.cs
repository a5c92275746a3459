using Jmlr.Models.Weights;

namespace Jmlr.Index.Encoding.Bert;

/// <summary>
/// The weights of a BERT checkpoint as they lie in its file, which stays open. On opening, every tensor is found to be there, of numbers, and in the shape that the configuration
/// says; it is read when a way of encoding is first taken: a query needs other copies of the weights than passages do, and mostly a process needs one of them.
/// </summary>
sealed class BertFile : IDisposable
{
    internal const string Words = "embeddings.word_embeddings", Positions = "embeddings.position_embeddings", Types = "embeddings.token_type_embeddings", EmbeddingNorm = "embeddings.LayerNorm";
    internal const string Weight = ".weight", Bias = ".bias";

    private readonly IWeightSource _source;
    private readonly string _prefix;
    private readonly Dictionary<string, long[]> _shapes;

    /// <summary>Takes over <paramref name="source"/>, which is closed with this file, or here when it is not of that shape.</summary>
    internal BertFile(IWeightSource source, BertConfiguration configuration)
    {
        (_source, Configuration) = (source, configuration);
        _prefix = source.Tensors.ContainsKey($"bert.{Words}{Weight}") ? "bert." : "";
        Layers = [.. Enumerable.Range(0, configuration.LayerCount).Select(layer => new BertLayerNames($"encoder.layer.{layer}."))];
        _shapes = Shapes().ToDictionary(StringComparer.Ordinal);
        try
        {
            Check();
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    internal BertConfiguration Configuration { get; }

    /// <summary>Names of the parts of each layer.</summary>
    internal IReadOnlyList<BertLayerNames> Layers { get; }

    /// <summary>Shape of a tensor.</summary>
    internal ReadOnlySpan<long> ShapeOf(string name) => _shapes[name];

    /// <summary>Number of its values.</summary>
    internal int CountOf(string name) => checked((int)_source.Tensors[_prefix + name].ElementCount);

    /// <summary>The stored values of a tensor widened to fp32.</summary>
    internal void Read(string name, Span<float> destination) => _source.ReadFloat32(_prefix + name, destination);

    /// <summary>The embedding <paramref name="name"/>, to be read row by row; where <see cref="HasRows"/>.</summary>
    internal EmbeddingRows RowsOf(string name) => new(_source, _source.Tensors[_prefix + name + Weight]);

    /// <summary>Whether the rows of embeddings can be read one by one: they are whole blocks of their type.</summary>
    internal bool HasRows => ((string[])[Words, Positions, Types]).All(name => Configuration.HiddenSize % TensorTypes.BlockSize(_source.Tensors[_prefix + name + Weight].Type) == 0);

    public void Dispose() => _source.Dispose();

    private IEnumerable<(string Name, long[] Shape)> Shapes()
    {
        long hidden = Configuration.HiddenSize, inner = Configuration.IntermediateSize;
        IEnumerable<(string, long[])> Part(string name, long[] weight) => [(name + Weight, weight), (name + Bias, weight[..1])];
        IEnumerable<(string, long[])> Layer(BertLayerNames layer) =>
        [
            .. layer.Attention.SelectMany(name => Part(name, [hidden, hidden])), .. Part(layer.Output, [hidden, hidden]), .. Part(layer.OutputNorm, [hidden]),
            .. Part(layer.Intermediate, [inner, hidden]), .. Part(layer.Final, [hidden, inner]), .. Part(layer.FinalNorm, [hidden]),
        ];
        return
        [
            (Words + Weight, [Configuration.VocabularySize, hidden]), (Positions + Weight, [Configuration.MaximumPositions, hidden]), (Types + Weight, [Configuration.TypeCount, hidden]),
            .. Part(EmbeddingNorm, [hidden]), .. Layers.SelectMany(Layer),
        ];
    }

    private void Check()
    {
        foreach ((string name, long[] shape) in _shapes)
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

            if (!TensorTypes.IsFloat(info.Type))
            {
                Throw.NotFloat(_source.Path, full, info.Type);
            }
        }
    }
}
