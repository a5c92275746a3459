using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Kernels;
using Jmlr.Index.Search;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.FewTokens;

/// <summary>
/// BERT forward pass in fp32 for a query of up to 32 tokens. Activations lie feature by feature, [features][32 tokens], so that every step works on whole vectors of tokens
/// and weights are read once, as they lie. libtorch copies the weights of a product into a layout of its own at every call and wakes its threads for every step, which for
/// a query takes longer than the work. Needs AVX-512 and weights in CPU memory. Not thread-safe.
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
    private readonly BertWeights _weights;
    private readonly WorkCrew _crew;
    private readonly AlignedBuffer<float> _hidden = new(), _joined = new(), _context = new(), _attended = new(), _inner = new(); // [features][32]
    private readonly AlignedBuffer<float>[] _scores; // by worker [32 keys][32 queries]
    private readonly Action<int, int> _product, _attend;
    private float* _weight, _bias, _input, _output; // of the product in work
    private int _inputs, _outputs, _tokens, _length;
    private bool _activated;

    internal FewTokenBert(BertConfiguration configuration, BertWeights weights, int threads)
    {
        (_configuration, _weights, _crew) = (configuration, weights, new WorkCrew(threads));
        _scores = [.. Enumerable.Range(0, threads).Select(_ => new AlignedBuffer<float>())];
        (_product, _attend) = (ProductPart, (worker, head) => StepsAvx512.Attend(_joined.Pointer, _configuration, head, _tokens, _length, _scores[worker].Ensure(MostTokens * MostTokens), _context.Pointer));
    }

    /// <summary>Whether this processor, these weights and their shapes allow it.</summary>
    internal static bool Supports(BertConfiguration configuration, BertWeights weights) =>
        ActiveInstructionSet.Value == InstructionSet.Avx512 && weights.Type == float32 && weights.Device.type == TorchSharp.DeviceType.CPU
        && configuration.HiddenSize % OutputsMultiple == 0 && configuration.IntermediateSize % OutputsMultiple == 0;

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

    /// <summary>
    /// Token vectors [kept, dim] of unit length: the states under <paramref name="projection"/> [dim, hidden], whose rows are a multiple of 16. Of the first
    /// tokens alone, as many as <paramref name="destination"/> has room for.
    /// </summary>
    internal void Encode(ReadOnlySpan<long> ids, int length, Tensor projection, Span<float> destination)
    {
        int dimension = (int)projection.shape[0];
        float* states = Forward(ids, length), projected = _attended.Ensure(dimension * MostTokens);
        Product(projection, null, states, projected);
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
        StepsAvx512.Normalise(states, null, hidden, _tokens, Pointer(_weights.EmbeddingNormWeight), Pointer(_weights.EmbeddingNormBias), epsilon);
        foreach (BertLayer layer in _weights.Layers)
        {
            Product(layer.AttentionWeight, layer.AttentionBias, states, joined);
            _crew.Run(_configuration.HeadCount, _attend);
            Product(layer.OutputWeight, layer.OutputBias, context, attended);
            StepsAvx512.Normalise(attended, states, hidden, _tokens, Pointer(layer.OutputNormWeight), Pointer(layer.OutputNormBias), epsilon);
            Product(layer.IntermediateWeight, layer.IntermediateBias, attended, wide, activated: true);
            Product(layer.FinalWeight, layer.FinalBias, wide, states);
            StepsAvx512.Normalise(states, attended, hidden, _tokens, Pointer(layer.FinalNormWeight), Pointer(layer.FinalNormBias), epsilon);
        }

        return states;
    }

    public void Dispose()
    {
        foreach (AlignedBuffer<float> buffer in (AlignedBuffer<float>[])[_hidden, _joined, _context, _attended, _inner, .. _scores])
        {
            buffer.Dispose();
        }
    }

    private static float* Pointer(Tensor tensor) => TensorMemory.Start<float>(tensor);

    /// <summary>Word, type and position of each token; tokens that are not there are zeros.</summary>
    private void Embed(ReadOnlySpan<long> ids, float* states)
    {
        int hidden = _configuration.HiddenSize;
        float* words = Pointer(_weights.WordEmbedding), type = Pointer(_weights.TypeEmbedding), positions = Pointer(_weights.PositionEmbedding);
        new Span<float>(states, hidden * MostTokens).Clear();
        for (int token = 0; token < ids.Length; token++)
        {
            float* word = words + (ids[token] * hidden), position = positions + (token * hidden);
            for (int feature = 0; feature < hidden; feature++)
            {
                states[(feature * MostTokens) + token] = word[feature] + type[feature] + position[feature];
            }
        }
    }

    private void Product(Tensor weight, Tensor? bias, float* input, float* output, bool activated = false)
    {
        (_outputs, _inputs, _activated) = ((int)weight.shape[0], (int)weight.shape[1], activated);
        _weight = Pointer(weight);
        _bias = bias is null ? null : Pointer(bias);
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
