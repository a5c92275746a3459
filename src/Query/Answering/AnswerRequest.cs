using Jmlr.Index.Search;
using Jmlr.Query.Lexical;
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

    /// <summary>How late interaction finds its candidates.</summary>
    public SearchPlan Plan { get; init; } = SearchPlan.Auto;

    /// <summary>How evidence is fused with BM25; null takes it by late interaction alone. Support is judged by late interaction either way.</summary>
    public Fusion? Fusion { get; init; } = new();

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
