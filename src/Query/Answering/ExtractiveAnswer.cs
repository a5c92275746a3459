using Jmlr.Query.Support;
using Jmlr.Query.Text;

namespace Jmlr.Query.Answering;

/// <summary>Picks the verbatim sentences that answer a question best.</summary>
static class ExtractiveAnswer
{
    private const int MaximumSentences = 3;
    private const double RelativeScore = 0.86;
    private const double SameContent = 0.7;

    /// <summary>Up to three sentences near the best score that do not repeat each other.</summary>
    internal static List<EvidenceSentence> Select(IReadOnlyList<EvidenceSentence> evidence)
    {
        var chosen = new List<EvidenceSentence>();
        var said = new List<HashSet<string>>();
        foreach (EvidenceSentence sentence in evidence)
        {
            if (chosen.Count == MaximumSentences || sentence.Score < RelativeScore * evidence[0].Score)
            {
                break;
            }

            HashSet<string> content = [.. TermScanner.Scan(sentence.Text).Where(SupportChecker.IsContent).Select(term => term.Form)];
            if (content.Count > 0 && !said.Exists(earlier => Similar(earlier, content)))
            {
                chosen.Add(sentence);
                said.Add(content);
            }
        }

        return chosen;
    }

    private static bool Similar(HashSet<string> left, HashSet<string> right)
    {
        int common = left.Count(right.Contains);
        return common >= SameContent * Math.Min(left.Count, right.Count);
    }
}
