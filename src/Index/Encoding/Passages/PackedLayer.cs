using Jmlr.Index.Encoding.Bert;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>One layer of <see cref="PassageBert"/>.</summary>
sealed class PackedLayer(BertLayer layer) : IDisposable
{
    internal PackedLinear Attention { get; } = new(layer.AttentionWeight, layer.AttentionBias); // hidden to 3 * hidden

    internal PackedLinear Output { get; } = new(layer.OutputWeight, layer.OutputBias); // hidden to hidden

    internal PackedNorm OutputNorm { get; } = new(layer.OutputNormWeight, layer.OutputNormBias);

    internal PackedLinear Intermediate { get; } = new(layer.IntermediateWeight, layer.IntermediateBias); // hidden to intermediate

    internal PackedLinear Final { get; } = new(layer.FinalWeight, layer.FinalBias); // intermediate to hidden

    internal PackedNorm FinalNorm { get; } = new(layer.FinalNormWeight, layer.FinalNormBias);

    public void Dispose()
    {
        Attention.Dispose();
        Output.Dispose();
        OutputNorm.Dispose();
        Intermediate.Dispose();
        Final.Dispose();
        FinalNorm.Dispose();
    }
}
