using Jmlr.Query.Citations;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>How an answer came about.</summary>
public enum AnswerMode
{
    /// <summary>Written by the generator; every sentence was found in its passage.</summary>
    Generated,
    /// <summary>Verbatim sentences of the passages.</summary>
    Extractive,
    /// <summary>An option chosen from the prefill logits, with evidence.</summary>
    Choice,
    /// <summary>Nothing relevant was found.</summary>
    InsufficientEvidence,
}

/// <summary>One sentence of an answer with the citations that carry it.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Markers">Numbers of its citations.</param>
public sealed record AnswerStatement(string Text, IReadOnlyList<int> Markers);

/// <summary>A checked answer.</summary>
public sealed record AnswerResult
{
    /// <summary>How it came about.</summary>
    public required AnswerMode Mode { get; init; }

    /// <summary>The answer, sentence by sentence; empty when there is not enough evidence.</summary>
    public required IReadOnlyList<AnswerStatement> Statements { get; init; }

    /// <summary>How well the passages match the question, 0 to 1.</summary>
    public required double Support { get; init; }

    /// <summary>Citations by marker.</summary>
    public required IReadOnlyList<Citation> Citations { get; init; }

    /// <summary>Probability of each option, by letter; empty for a free question.</summary>
    public required IReadOnlyDictionary<string, double> Options { get; init; }

    /// <summary>Probability of each option by the generator's prefill logits alone.</summary>
    public IReadOnlyDictionary<string, double> GeneratorOptions { get; init; } = new Dictionary<string, double>();

    /// <summary>Evidence of the passages for each option, 0 to 1.</summary>
    public IReadOnlyDictionary<string, double> OptionEvidence { get; init; } = new Dictionary<string, double>();

    /// <summary>The most probable option, or null.</summary>
    public string? Choice { get; init; }

    /// <summary>What the generator wrote as its answer to a question with options, or null.</summary>
    public StatedChoice? Stated { get; init; }

    /// <summary>What was retrieved.</summary>
    public required RetrievalResult Retrieval { get; init; }

    /// <summary>Sentences the generator wrote that the passages do not support, with the reason. Never part of the answer.</summary>
    public required IReadOnlyList<RefusedStatement> Refused { get; init; }

    /// <summary>Passages of the lowest ranks that the generator did not see, because its context is full without them.</summary>
    public int DroppedPassages { get; init; }

    /// <summary>Time of reading the prompt and of writing, zero where the generator was not used.</summary>
    public TimeSpan GenerationTime { get; init; }

    /// <summary>Time of ranking the evidence sentences.</summary>
    public TimeSpan EvidenceTime { get; init; }

    /// <summary>The answer as one text.</summary>
    public string Text => string.Join(' ', Statements.Select(statement => $"{statement.Text} {string.Concat(statement.Markers.Select(marker => $"[{marker}]"))}".TrimEnd()));
}

/// <summary>A generated sentence that was held back.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Reason">Why.</param>
public sealed record RefusedStatement(string Text, string Reason);
