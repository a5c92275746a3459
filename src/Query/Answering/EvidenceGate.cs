using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>Says whether what was found is about the question at all.</summary>
static class EvidenceGate
{
    /// <summary>Below this support the answer is "insufficient evidence". Calibrated as docs/evaluation.md says.</summary>
    internal const double Threshold = 0.5;

    /// <summary>
    /// Support, 0 to 1: a logistic function of the best sentence's similarity and of the share of the question's content terms that the
    /// best passages hold.
    /// </summary>
    internal static double Measure(string question, IReadOnlyList<EvidenceSentence> evidence, IReadOnlyList<RetrievedPassage> passages)
    {
        if (evidence.Count == 0)
        {
            return 0;
        }

        double similarity = evidence.Take(3).Max(sentence => sentence.Similarity);
        HashSet<string> asked = EvidenceRanker.ContentForms(question);
        double overlap = passages.Take(3).Select(hit => EvidenceRanker.Overlap(asked, hit.Passage.RetrieverText)).DefaultIfEmpty(0).Max();
        return 1 / (1 + Math.Exp(-(SimilarityWeight * (similarity - SimilarityCentre) + (OverlapWeight * (overlap - OverlapCentre)))));
    }

    private const double SimilarityWeight = 20, SimilarityCentre = 0.6, OverlapWeight = 6, OverlapCentre = 0.5;
}
