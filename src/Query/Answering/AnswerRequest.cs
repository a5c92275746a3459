using Jmlr.Query.Questions;

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

    /// <summary>Seed of the sampler (greedy decoding does not use it).</summary>
    public ulong Seed { get; init; }

    /// <summary>Temperature; 0 is greedy.</summary>
    public float Temperature { get; init; }

    /// <summary>Id of a stored question whose own text must not be found (leak guard).</summary>
    public string? ExcludeQuestion { get; init; }

    /// <summary>Only documents of these sources; empty for all.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];
}
