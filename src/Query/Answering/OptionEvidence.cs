using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>What the retrieved passages say for each option: how much of its wording stands in a passage, times how well that passage matches the question.</summary>
static class OptionEvidence
{
    /// <summary>Passages looked at.</summary>
    internal const int Top = 8;

    /// <summary>Evidence by letter, 0 to 1.</summary>
    internal static Dictionary<string, double> Measure(IReadOnlyList<AnswerOption> options, IReadOnlyList<RetrievedPassage> passages) =>
        options.ToDictionary(option => option.Letter, option => Best(option, passages), StringComparer.Ordinal);

    private static double Best(AnswerOption option, IReadOnlyList<RetrievedPassage> passages)
    {
        HashSet<string> words = EvidenceRanker.ContentForms(option.Text);
        return passages.Select(hit => EvidenceRanker.Overlap(words, hit.Passage.RetrieverText) * hit.Similarity).DefaultIfEmpty(0).Max();
    }
}
