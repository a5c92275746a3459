using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>A question and how to answer it.</summary>
public sealed record AnswerRequest
{
    /// <summary>The question, with options or without.</summary>
    public required MultipleChoice Question { get; init; }

    /// <summary>Passages to put before the generator.</summary>
    public int Top { get; init; } = 5;

    /// <summary>Most tokens of a generated answer.</summary>
    public int MaxTokens { get; init; } = 160;

    /// <summary>Answer with verbatim sentences only, without the generator.</summary>
    public bool Extractive { get; init; }

    /// <summary>What of an option is scored.</summary>
    public OptionScoring Scoring { get; init; }

    /// <summary>Seed of the sampler (greedy decoding does not use it).</summary>
    public ulong Seed { get; init; }

    /// <summary>Temperature; 0 is greedy.</summary>
    public float Temperature { get; init; }

    /// <summary>Which passages may be evidence.</summary>
    public PassageFilter Filter { get; init; } = new();
}
