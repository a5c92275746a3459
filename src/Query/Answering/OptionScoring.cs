namespace Jmlr.Query.Answering;

/// <summary>What of an option the generator's probability is taken of.</summary>
public enum OptionScoring
{
    /// <summary>Its letter, from the logits at the end of the prompt.</summary>
    Letters,
    /// <summary>Its text, by the mean log-probability of a token.</summary>
    Texts,
}
