using Jmlr.Llm.Configuration;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Weights;

namespace Jmlr.Llm.Execution;

/// <summary>Intermediate results of a chunk of tokens, fp32 [tokens, padded rows of the matrix that gives them].</summary>
sealed unsafe class ForwardScratch : IDisposable
{
    /// <summary>Tokens whose logits are computed together.</summary>
    internal const int LogitTokens = 32;

    private readonly Arena _arena;

    internal ForwardScratch(LlamaConfiguration configuration, LlamaWeights weights, int tokens)
    {
        _arena = new Arena(Measure(configuration, tokens), clear: false);
        BlockWeights block = weights.Blocks[0];
        X = _arena.Take<float>((long)tokens * configuration.HiddenSize);
        Delta = _arena.Take<float>((long)tokens * block.Down.PaddedRows);
        Queries = _arena.Take<float>((long)tokens * block.Query.PaddedRows);
        Keys = _arena.Take<float>((long)tokens * block.Key.PaddedRows);
        Values = _arena.Take<float>((long)tokens * block.Value.PaddedRows);
        Mixed = _arena.Take<float>((long)tokens * block.Query.PaddedRows);
        Gate = _arena.Take<float>((long)tokens * block.Gate.PaddedRows);
        Up = _arena.Take<float>((long)tokens * block.Up.PaddedRows);
        Logits = _arena.Take<float>((long)LogitTokens * weights.Output.PaddedRows);
    }

    /// <summary>The residual stream.</summary>
    internal float* X { get; }

    internal float* Delta { get; }

    internal float* Queries { get; }

    internal float* Keys { get; }

    internal float* Values { get; }

    internal float* Mixed { get; }

    internal float* Gate { get; }

    internal float* Up { get; }

    internal float* Logits { get; }

    /// <summary>Bytes for <paramref name="tokens"/> tokens.</summary>
    internal static long Measure(LlamaConfiguration c, int tokens) =>
        sizeof(float) * ((tokens * ((2L * (c.HiddenSize + 16)) + (2L * ((c.HeadCount * c.HeadSize) + 16)) + (2L * ((c.KeyValueHeadCount * c.HeadSize) + 16)) + (2L * (c.FeedForwardSize + 16))))
            + ((long)LogitTokens * (c.VocabularySize + 16))) + 4096;

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();
}
