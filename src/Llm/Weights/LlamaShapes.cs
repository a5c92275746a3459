using Jmlr.Llm.Configuration;

namespace Jmlr.Llm.Weights;

/// <summary>Shapes that the configuration demands of the tensors.</summary>
static class LlamaShapes
{
    /// <summary>The matrices of a block, in the order in which a token meets them.</summary>
    internal static readonly LlamaTensor[] BlockMatrices =
        [LlamaTensor.Query, LlamaTensor.Key, LlamaTensor.Value, LlamaTensor.AttentionOutput, LlamaTensor.Gate, LlamaTensor.Up, LlamaTensor.Down];

    /// <summary>Rows and columns of a matrix; a norm has one row.</summary>
    internal static (int Rows, int Columns) Of(LlamaConfiguration c, LlamaTensor tensor) => tensor switch
    {
        LlamaTensor.Embedding or LlamaTensor.Output => (c.VocabularySize, c.HiddenSize),
        LlamaTensor.Query => (checked(c.HeadCount * c.HeadSize), c.HiddenSize),
        LlamaTensor.Key or LlamaTensor.Value => (checked(c.KeyValueHeadCount * c.HeadSize), c.HiddenSize),
        LlamaTensor.AttentionOutput => (c.HiddenSize, checked(c.HeadCount * c.HeadSize)),
        LlamaTensor.Gate or LlamaTensor.Up => (c.FeedForwardSize, c.HiddenSize),
        LlamaTensor.Down => (c.HiddenSize, c.FeedForwardSize),
        _ => (1, c.HiddenSize),
    };
}
