using Jmlr.Ingest.Documents;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>A sentence of a retrieved passage, scored against the question.</summary>
/// <param name="Hit">The passage.</param>
/// <param name="Span">Range in the passage text.</param>
/// <param name="Similarity">Mean over the question's tokens of the best cosine with the sentence under its heading.</param>
/// <param name="Overlap">Share of the question's content terms that stand in the sentence or its heading.</param>
/// <param name="Quantity">The question asks for a number and the sentence holds one.</param>
sealed record EvidenceSentence(RetrievedPassage Hit, CharSpan Span, double Similarity, double Overlap, bool Quantity)
{
    /// <summary>The sentence, verbatim.</summary>
    internal string Text => Hit.Passage.Text[Span.Start..Span.End];

    // Weights tried on the sample vignettes (docs/evaluation.md): the words shared with the question count, and so does being a recommendation, a little.
    private const double OverlapWeight = 0.3, RecommendationBonus = 0.03, QuantityBonus = 0.1;

    /// <summary>What sentences are ranked by.</summary>
    internal double Score => Similarity + (OverlapWeight * Overlap) + (Hit.Passage.Kind == ContentKind.Recommendation ? RecommendationBonus : 0) + (Quantity ? QuantityBonus : 0);
}
