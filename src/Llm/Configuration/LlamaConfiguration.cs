namespace Jmlr.Llm.Configuration;

/// <summary>Shape of a Llama-architecture model, whatever file it came from (GGUF keys or Hugging Face <c>config.json</c>). Validated on creation by the readers.</summary>
public sealed record LlamaConfiguration
{
    /// <summary>Number of blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward network.</summary>
    public required int FeedForwardSize { get; init; }

    /// <summary>Query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key/value heads; divides <see cref="HeadCount"/>.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Context length the model was trained for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Epsilon of RMSNorm.</summary>
    public required float RmsNormEpsilon { get; init; }

    /// <summary>Base of the rotary position embedding.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>Linear RoPE factor: positions are divided by it. 1 for none.</summary>
    public double RopeLinearFactor { get; init; } = 1;

    /// <summary>Divisors of the RoPE frequencies [HeadSize / 2] (Llama 3 scaling, GGUF <c>rope_freqs.weight</c>), or null.</summary>
    public IReadOnlyList<float>? RopeFrequencyDivisors { get; init; }

    /// <summary>True when the projections of attention (queries, keys, values, output) may have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>True when the matrices of the feed-forward network may have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>True when the output matrix is the embedding.</summary>
    public bool TiedEmbedding { get; init; }
}
