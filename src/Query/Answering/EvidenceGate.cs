using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>Says whether what was found is about the question at all.</summary>
static class EvidenceGate
{
    /// <summary>Below this support the answer is "insufficient evidence".</summary>
    internal const double Threshold = 0.5;

    // The best passage's mean cosine by query token. A short question that the corpora answer reaches 0.73 and more, others stay at 0.70 and below; a vignette
    // says much that no guideline does, so its mean is lower. Figures and command: docs/evaluation.md.
    private const double ShortCentre = 0.70, LongCentre = 0.47, Slope = 40;
    private const int ShortTokens = 20, LongTokens = 45;

    /// <summary>Support, 0 to 1: a logistic function of the best late-interaction score by query token, whatever the plan, centred by the length of the question.</summary>
    internal static double Measure(RetrievalResult found, int questionTokens) =>
        found.Passages.Count == 0 ? 0 : 1 / (1 + Math.Exp(-Slope * (found.BestSupport - Centre(questionTokens))));

    private static double Centre(int tokens) =>
        ShortCentre + ((LongCentre - ShortCentre) * Math.Clamp((tokens - ShortTokens) / (double)(LongTokens - ShortTokens), 0, 1));
}
