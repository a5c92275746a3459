using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Kernels;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>
/// BERT forward pass in bf16 for passages, on machines whose matrix units libtorch lends (<see cref="TileProduct"/>). A thread takes a group of passages through all layers by itself:
/// no thread waits for another, nothing is padded, and activations stay in its second-level cache, where what lies between two products works on a block of results
/// that has just been written. Through whole products of libtorch, more than half of the time goes by between them on such a machine.
/// </summary>
sealed unsafe class PassageBert : IDisposable
{
    private const int Rows = 64; // of a block: 32 KB of results of a panel
    private const int InnerColumns = 3 * PackedLinear.PanelOutputs; // of the intermediate layer that are worked on at a time
    private const int RowsMultiple = 16; // rows of a matrix tile

    private readonly BertConfiguration _configuration;
    private readonly BertWeights _weights;
    private readonly PackedNorm _embeddingNorm;
    private readonly PackedLayer[] _layers;

    internal PassageBert(BertConfiguration configuration, BertWeights weights)
    {
        (_configuration, _weights) = (configuration, weights);
        _embeddingNorm = new PackedNorm(weights.EmbeddingNormWeight, weights.EmbeddingNormBias);
        _layers = [.. weights.Layers.Select(layer => new PackedLayer(layer))];
    }

    /// <summary>Whether this processor, these weights and their shapes allow it.</summary>
    internal static bool Supports(BertConfiguration configuration, BertWeights weights) =>
        ActiveInstructionSet.Value == InstructionSet.Avx512 && weights.Type == bfloat16 && weights.Device.type == TorchSharp.DeviceType.CPU && TileProduct.IsSupported
        && configuration.HiddenSize % PairedSteps.Block == 0 && configuration.IntermediateSize % PairedSteps.Block == 0 && configuration.HeadSize % PairedSteps.Block == 0;

    /// <summary>
    /// Last hidden states under <paramref name="projection"/>, [tokens, outputs of the projection] fp32, of passages that lie one after the other in <paramref name="ids"/>,
    /// <paramref name="lengths"/>[i] tokens each. Any threads may call it at once, each with a room of its own.
    /// </summary>
    internal void Encode(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, PackedLinear[] projection, PassageRoom room, float* destination)
    {
        int tokens = ids.Length;
        room.Prepare(_configuration, tokens + PairedAttention.Queries, Math.Min(Rows, Padded(tokens)), Math.Min(InnerColumns, _configuration.IntermediateSize), projection[0].Outputs);
        Embed(ids, lengths, room);
        foreach (PackedLayer layer in _layers)
        {
            Attend(layer, tokens, lengths, room);
            Feed(layer, tokens, room);
        }

        int hidden = _configuration.HiddenSize, outputs = projection[0].Outputs;
        for (int first = 0; first < tokens; first += Rows)
        {
            int real = Math.Min(Rows, tokens - first);
            for (int panel = 0; panel < outputs; panel += PackedLinear.PanelOutputs)
            {
                for (int part = 0; part < projection.Length; part++)
                {
                    projection[part].Multiply(panel, 0, hidden, room.Hidden + ((long)first * hidden), hidden, Padded(real), room.Sums + panel, outputs, add: part > 0);
                }
            }

            new Span<float>(room.Sums, real * outputs).CopyTo(new Span<float>(destination + ((long)first * outputs), real * outputs));
        }

        TileProduct.Release();
    }

    public void Dispose()
    {
        _embeddingNorm.Dispose();
        Array.ForEach(_layers, layer => layer.Dispose());
    }

    private static int Padded(int rows) => (rows + RowsMultiple - 1) / RowsMultiple * RowsMultiple;

    /// <summary>Word, type and position of each token.</summary>
    private void Embed(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, PassageRoom room)
    {
        int hidden = _configuration.HiddenSize, at = 0;
        ushort* words = TensorMemory.Start<ushort>(_weights.WordEmbedding), type = TensorMemory.Start<ushort>(_weights.TypeEmbedding), positions = TensorMemory.Start<ushort>(_weights.PositionEmbedding);
        foreach (int length in lengths)
        {
            for (int position = 0; position < length; position++, at++)
            {
                PairedSteps.Sum(words + ((long)ids[at] * hidden), type, positions + ((long)position * hidden), hidden, room.Sums);
                PairedSteps.Normalise(room.Sums, hidden, _embeddingNorm.Weight, _embeddingNorm.Bias, (float)_configuration.LayerNormEpsilon, room.Hidden + ((long)at * hidden));
            }
        }
    }

    private void Attend(PackedLayer layer, int tokens, ReadOnlySpan<int> lengths, PassageRoom room)
    {
        int hidden = _configuration.HiddenSize;
        for (int panel = 0; panel < layer.Attention.Outputs; panel += PackedLinear.PanelOutputs)
        {
            int width = layer.Attention.Width(panel);
            for (int first = 0; first < tokens; first += Rows)
            {
                int real = Math.Min(Rows, tokens - first);
                layer.Attention.Multiply(panel, 0, hidden, room.Hidden + ((long)first * hidden), hidden, Padded(real), room.Panel, width, add: false);
                PairedSteps.AddBias(room.Panel, real, width, layer.Attention.Bias + panel, room.Joined + ((long)first * 3 * hidden) + panel, 3 * hidden);
            }
        }

        int start = 0;
        foreach (int length in lengths)
        {
            for (int head = 0; head < hidden; head += _configuration.HeadSize)
            {
                room.Attention.Compute(room.Joined + ((long)start * 3 * hidden) + head, hidden, _configuration.HeadSize, length, room.Context + ((long)start * hidden) + head);
            }

            start += length;
        }

        for (int first = 0; first < tokens; first += Rows)
        {
            int real = Math.Min(Rows, tokens - first);
            for (int panel = 0; panel < hidden; panel += PackedLinear.PanelOutputs)
            {
                layer.Output.Multiply(panel, 0, hidden, room.Context + ((long)first * hidden), hidden, Padded(real), room.Sums + panel, hidden, add: false);
            }

            Normalise(room.Sums, first, real, layer.Output, layer.OutputNorm, room);
        }
    }

    private void Feed(PackedLayer layer, int tokens, PassageRoom room)
    {
        int hidden = _configuration.HiddenSize, inner = _configuration.IntermediateSize;
        for (int from = 0; from < inner; from += InnerColumns)
        {
            int count = Math.Min(InnerColumns, inner - from);
            for (int first = 0; first < tokens; first += Rows)
            {
                int real = Math.Min(Rows, tokens - first), padded = Padded(real);
                for (int panel = from; panel < from + count; panel += PackedLinear.PanelOutputs)
                {
                    int width = layer.Intermediate.Width(panel);
                    layer.Intermediate.Multiply(panel, 0, hidden, room.Hidden + ((long)first * hidden), hidden, padded, room.Panel, width, add: false);
                    PairedSteps.Gelu(room.Panel, real, width, layer.Intermediate.Bias + panel, room.Inner + (panel - from), count);
                }

                for (int panel = 0; panel < hidden; panel += PackedLinear.PanelOutputs)
                {
                    layer.Final.Multiply(panel, from, count, room.Inner, count, padded, room.Sums + ((long)first * hidden) + panel, hidden, add: from > 0);
                }
            }
        }

        Normalise(room.Sums, 0, tokens, layer.Final, layer.FinalNorm, room);
    }

    private void Normalise(float* sums, int first, int rows, PackedLinear linear, PackedNorm norm, PassageRoom room) =>
        PairedSteps.AddAndNormalise(sums, rows, _configuration.HiddenSize, linear.Bias, room.Hidden + ((long)first * _configuration.HiddenSize), norm.Weight, norm.Bias, (float)_configuration.LayerNormEpsilon);
}
