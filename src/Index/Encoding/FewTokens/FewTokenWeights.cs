using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Encoding.FewTokens;

/// <summary>
/// Weights of <see cref="FewTokenBert"/> in fp32: layers and projection, one after the other in one piece of memory, which takes fewer page faults than many pieces. The embeddings stay
/// in the file: a query needs a few of their rows.
/// </summary>
sealed unsafe class FewTokenWeights : IDisposable
{
    private readonly AlignedBuffer<float> _values = new();
    private readonly BertFile _file;
    private float* _next;

    /// <summary>
    /// Reads the layers of <paramref name="file"/> and copies <paramref name="projection"/> [dimension, hidden]. All sizes are multiples of 16 (<see cref="FewTokenBert.Supports"/>), and so
    /// every tensor begins where a vector may.
    /// </summary>
    internal FewTokenWeights(BertFile file, ReadOnlySpan<float> projection)
    {
        _file = file;
        int hidden = file.Configuration.HiddenSize;
        _next = _values.Ensure(projection.Length + Count(BertFile.EmbeddingNorm) + file.Layers.Sum(names => names.All.Sum(Count)));
        projection.CopyTo(new Span<float>(_next, projection.Length));
        Projection = new PlainLinear(_next, null, projection.Length / hidden, hidden);
        _next += projection.Length;
        EmbeddingNorm = Norm(BertFile.EmbeddingNorm);
        Layers = [.. file.Layers.Select(names => new PlainLayer(
            Linear(names.Attention), Linear([names.Output]), Norm(names.OutputNorm), Linear([names.Intermediate]), Linear([names.Final]), Norm(names.FinalNorm)))];
    }

    internal PlainNorm EmbeddingNorm { get; }

    internal PlainLayer[] Layers { get; }

    /// <summary>[dimension, hidden], without a bias.</summary>
    internal PlainLinear Projection { get; }

    public void Dispose() => _values.Dispose();

    /// <summary>Values of weight and bias.</summary>
    private long Count(string name) => _file.CountOf(name + BertFile.Weight) + _file.CountOf(name + BertFile.Bias);

    private PlainNorm Norm(string name) => new(Read(name + BertFile.Weight), Read(name + BertFile.Bias));

    /// <summary>The layers called <paramref name="names"/> as one: their outputs one after the other.</summary>
    private PlainLinear Linear(string[] names)
    {
        ReadOnlySpan<long> shape = _file.ShapeOf(names[0] + BertFile.Weight);
        float* weight = _next;
        Array.ForEach(names, name => Read(name + BertFile.Weight));
        float* bias = _next;
        Array.ForEach(names, name => Read(name + BertFile.Bias));
        return new PlainLinear(weight, bias, names.Length * (int)shape[0], (int)shape[1]);
    }

    private float* Read(string name)
    {
        float* at = _next;
        int count = _file.CountOf(name);
        _file.Read(name, new Span<float>(at, count));
        _next += count;
        return at;
    }
}
