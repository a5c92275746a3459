namespace Jmlr.Index.Encoding.FewTokens;

/// <summary>One layer of <see cref="FewTokenBert"/>; its values belong to <see cref="FewTokenWeights"/>.</summary>
sealed record PlainLayer(PlainLinear Attention, PlainLinear Output, PlainNorm OutputNorm, PlainLinear Intermediate, PlainLinear Final, PlainNorm FinalNorm);

/// <summary>A linear layer in fp32: weight [outputs, inputs] and bias [outputs], null for none.</summary>
sealed unsafe class PlainLinear(float* weight, float* bias, int outputs, int inputs)
{
    internal float* Weight { get; } = weight;

    internal float* Bias { get; } = bias;

    internal int Outputs { get; } = outputs;

    internal int Inputs { get; } = inputs;
}

/// <summary>Weight and bias of a layer norm in fp32, [features].</summary>
sealed unsafe class PlainNorm(float* weight, float* bias)
{
    internal float* Weight { get; } = weight;

    internal float* Bias { get; } = bias;
}
