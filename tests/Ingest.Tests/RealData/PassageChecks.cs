using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Ingest.Tests.RealData;

/// <summary>What must hold of the passages of any document.</summary>
static class PassageChecks
{
    /// <summary>Begins the fault of lost words.</summary>
    public const string Lost = "words in no passage, or less often than in the text";

    /// <summary>Ids in order, lengths, spans that cover the text, and every word of the text printed at least as often as it stands there.</summary>
    public static IEnumerable<string> Faults(Document document, IReadOnlyList<Passage> passages, ITextTokenizer tokenizer, int length)
    {
        int at = 0;
        for (int i = 0; i < passages.Count; i++)
        {
            Passage passage = passages[i];
            if (passage.Id != new PassageId(document.Key, document.Version, i) || string.IsNullOrWhiteSpace(passage.Text))
            {
                yield return $"{passage.Id}: out of order or empty";
            }

            if (tokenizer.Count(passage.RetrieverText) + 3 is int tokens && tokens > length)
            {
                yield return $"{passage.Id}: {tokens} tokens\n{passage.RetrieverText}";
            }

            if (passage.Span.Start > at && !string.IsNullOrWhiteSpace(document.Text[at..passage.Span.Start]))
            {
                yield return $"{passage.Id}: not covered '{document.Text[at..passage.Span.Start]}'";
            }

            at = Math.Max(at, passage.Span.End);
        }

        if (!string.IsNullOrWhiteSpace(document.Text[at..]))
        {
            yield return $"{document.Key}: not covered '{document.Text[at..]}'";
        }

        Dictionary<string, int> printed = VisibleWords.Count(string.Join('\n', passages.Select(static p => p.RetrieverText)));
        Dictionary<string, int> lost = VisibleWords.Missing(VisibleWords.Count(document.Text), printed);
        if (lost.Count > 0)
        {
            yield return $"{document.Key}: {Lost}: {string.Join(' ', lost.Take(20))}";
        }
    }

    public static void Check(Document document, IReadOnlyList<Passage> passages, ITextTokenizer tokenizer, int length)
    {
        string[] faults = [.. Faults(document, passages, tokenizer, length)];
        Assert.True(faults.Length == 0, string.Join('\n', faults.Take(10)));
    }
}
