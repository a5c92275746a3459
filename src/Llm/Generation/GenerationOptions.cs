using Jmlr.Llm.Grammar;

namespace Jmlr.Llm.Generation;

/// <summary>How text is generated. Defaults: greedy.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>Temperature; 0 is greedy.</summary>
    public float Temperature { get; init; }

    /// <summary>Keep the k most likely tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the smallest set of tokens with this probability; 1 keeps all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keep tokens with at least this share of the best probability; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Repetition penalty as in Hugging Face; 1 is none.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Seed of the sampler; the same seed gives the same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>Texts at which generation stops; they are not returned.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>What the text must look like, or null. The text may still end early at <see cref="MaxTokens"/> or a stop text.</summary>
    public OutputSchema? Output { get; init; }

    /// <summary>Guess tokens from what stood in the prompt and check several at once: the same text, sooner where an answer quotes its passages.</summary>
    public bool PromptLookup { get; init; } = true;
}

/// <summary>Why generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended the text.</summary>
    EndOfText,
    /// <summary>A stop text was reached.</summary>
    StopText,
    /// <summary>The token limit was reached.</summary>
    Length,
}

/// <summary>Generated text with counts and times.</summary>
public sealed record GenerationResult(string Text, FinishReason Reason, int PromptTokens, int GeneratedTokens, TimeSpan PrefillTime, TimeSpan DecodeTime)
{
    /// <summary>Tokens of the prompt that were found in the cache.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>Generated tokens that were guessed from the text before them.</summary>
    public int LookedUpTokens { get; init; }
}

/// <summary>How likely a text is as a continuation.</summary>
/// <param name="Text">The text.</param>
/// <param name="Probability">Among the texts, from the mean log-probabilities.</param>
/// <param name="LogProbability">Mean log-probability of a token.</param>
/// <param name="Tokens">Tokens of the text.</param>
public readonly record struct TextScore(string Text, double Probability, double LogProbability, int Tokens);

/// <summary>Probability of each option letter at the answer position, normalised over the options.</summary>
/// <param name="Letter">Option letter.</param>
/// <param name="Probability">Probability among the options.</param>
/// <param name="LogProbability">Log-probability in the whole vocabulary (variants of the letter joined by logsumexp).</param>
public readonly record struct OptionScore(string Letter, double Probability, double LogProbability);
