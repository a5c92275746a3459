using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Kernels;
using Jmlr.Index.Search;

namespace Jmlr.Index.Encoding.FewTokens;

/// <summary>
/// BERT forward pass in fp32 for a query of up to 32 tokens. Activations lie feature by feature, [features][32 tokens], so that every step works on whole vectors of tokens
/// and weights are read once, as they lie. libtorch copies the weights of a product into a layout of its own at every call and wakes its threads for every step, which for
/// a query takes longer than the work; and loading it takes a third of a second, which a process that answers one query is spared. Needs AVX-512. Not thread-safe.
/// </summary>
sealed unsafe class FewTokenBert : IDisposable
{
    /// <summary>Tokens of a row at most.</summary>
    internal const int MostTokens = 32;

    /// <summary>Rows up to which this is used: with more, a product of libtorch is worth its preparation.</summary>
    internal const int MostRows = 4;

    /// <summary>What the outputs of a product are a multiple of.</summary>
    internal const int OutputsMultiple = 16;

    private const int OutputsAtOnce = 32;
    private const int InputsAtOnce = 192; // 24 KB of inputs: half of the first-level cache
    private readonly BertConfiguration _configuration;
    private readonly EmbeddingRows _words, _positions;
    private readonly FewTokenWeights _weights;
    private readonly WorkCrew _crew;
    private readonly AlignedBuffer<float> _hidden = new(), _joined = new(), _context = new(), _attended = new(), _inner = new(); // [features][32]
    private readonly AlignedBuffer<float>[] _scores; // by worker [32 keys][32 queries]
    private readonly float[] _word, _position; // of a token, [hidden]
    private readonly float[] _type; // of every token, [hidden]
    private readonly Action<int, int> _product, _attend;
    private float* _weight, _bias, _input, _output; // of the product in work
    private int _inputs, _outputs, _tokens, _length;
    private bool _activated;

    /// <summary>Reads <paramref name="file"/>, which must stay open: rows of the embeddings are read as they are needed. <paramref name="projection"/> is [dimension, hidden].</summary>
    internal FewTokenBert(BertFile file, ReadOnlySpan<float> projection, int threads)
    {
        (_configuration, _weights, _crew) = (file.Configuration, new FewTokenWeights(file, projection), new WorkCrew(threads));
        (_words, _positions) = (file.RowsOf(BertFile.Words), file.RowsOf(BertFile.Positions));
        int hidden = _configuration.HiddenSize;
        (_word, _position, _type) = (new float[hidden], new float[hidden], new float[hidden]);
        file.RowsOf(BertFile.Types).Read(0, _type);
        _scores = [.. Enumerable.Range(0, threads).Select(_ => new AlignedBuffer<float>())];
        (_product, _attend) = (ProductPart, (worker, head) => StepsAvx512.Attend(_joined.Pointer, _configuration, head, _tokens, _length, _scores[worker].Ensure(MostTokens * MostTokens), _context.Pointer));
    }

    /// <summary>Whether this processor and the shapes of these weights allow it, with token vectors of <paramref name="dimension"/>.</summary>
    internal static bool Supports(BertFile file, int dimension) =>
        ActiveInstructionSet.Value == InstructionSet.Avx512 && dimension % OutputsMultiple == 0
        && file.Configuration.HiddenSize % OutputsMultiple == 0 && file.Configuration.IntermediateSize % OutputsMultiple == 0 && file.HasRows;

    /// <summary>Last hidden states [tokens, hidden] of <paramref name="ids"/>; attention looks at the first <paramref name="length"/> tokens.</summary>
    internal void Run(ReadOnlySpan<long> ids, int length, Span<float> destination)
    {
        int hidden = _configuration.HiddenSize;
        float* states = Forward(ids, length);
        for (int token = 0; token < ids.Length; token++)
        {
            for (int feature = 0; feature < hidden; feature++)
            {
                destination[(token * hidden) + feature] = states[(feature * MostTokens) + token];
            }
        }
    }

    /// <summary>Token vectors [kept, dimension] of unit length: the projected states. Of the first tokens alone, as many as <paramref name="destination"/> has room for.</summary>
    internal void Encode(ReadOnlySpan<long> ids, int length, Span<float> destination)
    {
        int dimension = _weights.Projection.Outputs;
        float* states = Forward(ids, length), projected = _attended.Ensure(dimension * MostTokens);
        Product(_weights.Projection, states, projected);
        StepsAvx512.Unit(projected, dimension, destination.Length / dimension, destination);
    }

    /// <summary>Last hidden states [hidden][32].</summary>
    private float* Forward(ReadOnlySpan<long> ids, int length)
    {
        int hidden = _configuration.HiddenSize, inner = _configuration.IntermediateSize;
        float* states = _hidden.Ensure(hidden * MostTokens), joined = _joined.Ensure(3 * hidden * MostTokens), context = _context.Ensure(hidden * MostTokens);
        float* attended = _attended.Ensure(hidden * MostTokens), wide = _inner.Ensure(inner * MostTokens);
        float epsilon = (float)_configuration.LayerNormEpsilon;
        (_tokens, _length) = (ids.Length, length);
        Embed(ids, states);
        StepsAvx512.Normalise(states, null, hidden, _tokens, _weights.EmbeddingNorm.Weight, _weights.EmbeddingNorm.Bias, epsilon);
        foreach (PlainLayer layer in _weights.Layers)
        {
            Product(layer.Attention, states, joined);
            _crew.Run(_configuration.HeadCount, _attend);
            Product(layer.Output, context, attended);
            StepsAvx512.Normalise(attended, states, hidden, _tokens, layer.OutputNorm.Weight, layer.OutputNorm.Bias, epsilon);
            Product(layer.Intermediate, attended, wide, activated: true);
            Product(layer.Final, wide, states);
            StepsAvx512.Normalise(states, attended, hidden, _tokens, layer.FinalNorm.Weight, layer.FinalNorm.Bias, epsilon);
        }

        return states;
    }

    public void Dispose()
    {
        foreach (AlignedBuffer<float> buffer in (AlignedBuffer<float>[])[_hidden, _joined, _context, _attended, _inner, .. _scores])
        {
            buffer.Dispose();
        }

        _weights.Dispose();
    }

    /// <summary>Word, type and position of each token; tokens that are not there are zeros.</summary>
    private void Embed(ReadOnlySpan<long> ids, float* states)
    {
        int hidden = _configuration.HiddenSize;
        new Span<float>(states, hidden * MostTokens).Clear();
        for (int token = 0; token < ids.Length; token++)
        {
            _words.Read(ids[token], _word);
            _positions.Read(token, _position);
            for (int feature = 0; feature < hidden; feature++)
            {
                states[(feature * MostTokens) + token] = _word[feature] + _type[feature] + _position[feature];
            }
        }
    }

    private void Product(PlainLinear linear, float* input, float* output, bool activated = false)
    {
        (_outputs, _inputs, _activated) = (linear.Outputs, linear.Inputs, activated);
        _weight = linear.Weight;
        _bias = linear.Bias;
        _input = input;
        _output = output;
        _crew.Run((_outputs + OutputsAtOnce - 1) / OutputsAtOnce, _product);
    }

    private void ProductPart(int worker, int item)
    {
        int first = item * OutputsAtOnce, outputs = Math.Min(OutputsAtOnce, _outputs - first);
        float* weight = _weight + ((long)first * _inputs), output = _output + (first * MostTokens);
        for (int i = 0; i < outputs; i++)
        {
            new Span<float>(output + (i * MostTokens), MostTokens).Fill(_bias is null ? 0 : _bias[first + i]);
        }

        for (int from = 0; from < _inputs; from += InputsAtOnce)
        {
            int count = Math.Min(InputsAtOnce, _inputs - from);
            for (int i = 0; i < outputs; i += ProductAvx512.Outputs)
            {
                float* rows = weight + ((long)i * _inputs) + from, inputs = _input + (from * MostTokens), sums = output + (i * MostTokens);
                if (_tokens <= StepsAvx512.Half)
                {
                    ProductAvx512.AddHalf(rows, _inputs, inputs, count, sums);
                }
                else
                {
                    ProductAvx512.Add(rows, _inputs, inputs, count, sums);
                }
            }
        }

        if (_activated)
        {
            StepsAvx512.Gelu(output, outputs, _tokens);
        }
    }
}
