using System.Globalization;
using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Query.Retrieval;

namespace Jmlr.Cli.Terminal;

/// <summary>Prints why a passage was found: its text with the words that answered marked, then each word of the question with its answer.</summary>
static class ExplanationPrinter
{
    /// <summary>The text with each matched word once between <paramref name="open"/> and <paramref name="close"/>.</summary>
    internal static string Mark(string text, IEnumerable<CharSpan> words, string open, string close)
    {
        var marked = new StringBuilder();
        int at = 0;
        foreach (CharSpan word in words.Distinct().OrderBy(static word => word.Start))
        {
            if (word.Start < at || word.End > text.Length)
            {
                continue;
            }

            marked.Append(text, at, word.Start - at).Append(open).Append(text, word.Start, word.Length).Append(close);
            at = word.End;
        }

        return marked.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Lines "question word -> passage word, similarity", the pieces of a question word joined.</summary>
    internal static IEnumerable<(string Asked, string Answered, double Similarity)> Words(IReadOnlyList<WordMatch> matches)
    {
        for (int i = 0; i < matches.Count;)
        {
            var asked = new StringBuilder(matches[i].Token);
            double sum = matches[i].Similarity;
            WordMatch best = matches[i];
            int next = i + 1;
            while (next < matches.Count && matches[i].QuerySpan is not null && matches[next].QuerySpan?.Start == matches[next - 1].QuerySpan?.End && char.IsLetterOrDigit(matches[next].Token![0]) && char.IsLetterOrDigit(asked[^1]))
            {
                asked.Append(matches[next].Token);
                sum += matches[next].Similarity;
                best = matches[next].Similarity > best.Similarity ? matches[next] : best;
                next++;
            }

            if (asked.Length > 0)
            {
                yield return (asked.ToString(), best.Word is null ? "(no word)" : best.InHeading ? $"{best.Word} (heading)" : best.Word, sum / (next - i));
            }

            i = next;
        }
    }

    internal static void Print(TerminalOutput output, RetrievedPassage hit)
    {
        IReadOnlyList<WordMatch> matches = hit.Matches!;
        output.Marked(hit.Passage.Text, matches.Where(match => match.Token is not null && match is { InHeading: false, WordSpan: not null }).Select(match => match.WordSpan!.Value));
        foreach ((string asked, string answered, double similarity) in Words(matches))
        {
            output.Faint(string.Create(CultureInfo.InvariantCulture, $"      {similarity:0.00}  {TerminalText.OneLine(asked, 30),-30}  {TerminalText.OneLine(answered, 40)}"));
        }

        double rest = matches.Where(match => match.Token is null).Sum(match => match.Similarity);
        output.Faint(string.Create(CultureInfo.InvariantCulture, $"      {rest:0.00}  in all from the {matches.Count(match => match.Token is null)} marks around the question; the rows of its tokens and these sum to the score"));
    }
}
