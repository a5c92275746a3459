namespace Jmlr.Query.Retrieval;

/// <summary>Says whether what was found is about the question at all.</summary>
public static class EvidenceGate
{
    /// <summary>Below this support <c>ask</c> answers "insufficient evidence", and <c>search</c> says that support is low.</summary>
    public const double Threshold = 0.5;

    // The best passage's mean cosine by query token. A short question that the corpora answer reaches 0.62 and more, others stay at 0.59 and below. A vignette says much
    // that no guideline does, so its mean is lower the longer it is. Figures and command: docs/evaluation.md.
    private const double ShortCentre = 0.60, Fall = 0.293, Slope = 40;
    private const int ShortTokens = 20, LongTokens = 140; // nothing longer was measured

    /// <summary>Support, 0 to 1: a logistic function of a late-interaction score by query token, whatever the plan, centred by the length of the question in tokens.</summary>
    internal static double Support(float similarity, int questionTokens) => 1 / (1 + Math.Exp(-Slope * (similarity - Centre(questionTokens))));

    private static double Centre(int tokens) => ShortCentre * Math.Pow(Math.Clamp(tokens, ShortTokens, LongTokens) / (double)ShortTokens, -Fall);
}
