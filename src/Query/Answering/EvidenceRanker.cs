using System.Numerics.Tensors;
using Jmlr.Index.Encoding;
using Jmlr.Ingest.Documents;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Support;
using Jmlr.Query.Text;

namespace Jmlr.Query.Answering;

/// <summary>Ranks the sentences of retrieved passages by late interaction with the question.</summary>
sealed class EvidenceRanker(ITokenEncoder encoder)
{
    // A sentence shorter than this says nothing without its neighbours.
    private const int MinimumWords = 4;
    private const int MaximumTable = 700;

    private readonly TokenMatrix _query = new(encoder.Dimension);

    /// <summary>Sentences, best first; ties by rank and place. <paramref name="encoded"/> holds the token vectors of the question where they are known.</summary>
    internal List<EvidenceSentence> Rank(string question, IReadOnlyList<RetrievedPassage> passages, TokenMatrix? encoded, CancellationToken cancellation)
    {
        var candidates = new List<(RetrievedPassage Hit, CharSpan Span)>();
        var texts = new List<string>();
        foreach (RetrievedPassage hit in passages)
        {
            foreach (CharSpan span in Candidates(hit.Passage))
            {
                string sentence = hit.Passage.Text[span.Start..span.End];
                if (sentence.Count(char.IsWhiteSpace) + 1 >= MinimumWords)
                {
                    candidates.Add((hit, span));
                    texts.Add($"{hit.Passage.Heading}\n{sentence}");
                }
            }
        }

        if (candidates.Count == 0)
        {
            return [];
        }

        if (encoded is null)
        {
            encoder.EncodeQuery(question, encoded = _query);
        }

        int rows = Math.Min(encoded.Rows, QuestionTokens(question));
        double[] similarity = new double[candidates.Count];
        encoder.EncodePassages(texts, (passage, vectors) => similarity[passage] = MeanMaximum(encoded, rows, vectors), cancellation);

        HashSet<string> asked = ContentForms(question);
        Predicate<string?>? answers = QuantityQuestion.Answer(question);
        return [.. candidates
            .Select((candidate, i) => new EvidenceSentence(candidate.Hit, candidate.Span, similarity[i], Overlap(asked, texts[i]), answers is not null && HoldsNumber(candidate, asked, answers)))
            .OrderByDescending(sentence => sentence.Score).ThenBy(sentence => sentence.Hit.Rank).ThenBy(sentence => sentence.Span.Start)];
    }

    // In digits, and not one that the question gave: "two doses" is no dose, and "over 80 years" no target.
    private static bool HoldsNumber((RetrievedPassage Hit, CharSpan Span) candidate, HashSet<string> asked, Predicate<string?> answers)
    {
        string text = candidate.Hit.Passage.Text[candidate.Span.Start..candidate.Span.End];
        return TermScanner.Scan(text).Exists(term => term.Kind == TermKind.Number && char.IsAsciiDigit(text[term.Start]) && !asked.Contains(term.Form) && answers(term.Unit));
    }

    // A row of a table means nothing without its caption and the rows beside it, so a table of moderate size is quoted whole.
    private static List<CharSpan> Candidates(Passage passage) =>
        passage.Kind == ContentKind.Table && passage.Text.Length <= MaximumTable ? [new CharSpan(0, passage.Text.Length)] : SentenceRanges.Of(passage.Text);

    /// <summary>Content terms of a text, in normal form.</summary>
    internal static HashSet<string> ContentForms(string text) => [.. TermScanner.Scan(text).Where(SupportChecker.IsContent).Select(term => term.Form)];

    /// <summary>Share of <paramref name="asked"/> that stands in <paramref name="text"/>; 0 when nothing is asked.</summary>
    internal static double Overlap(HashSet<string> asked, string text) =>
        asked.Count == 0 ? 0 : (double)ContentForms(text).Count(asked.Contains) / asked.Count;

    // [CLS], the marker, the words and [SEP]; what follows is [MASK] padding, which matches anything a little.
    private int QuestionTokens(string question) => encoder.Tokenizer.Count(question) + 3;

    private double MeanMaximum(TokenMatrix query, int rows, ReadOnlySpan<float> vectors)
    {
        double sum = 0;
        for (int row = 0; row < rows; row++)
        {
            float best = -1;
            for (int at = 0; at < vectors.Length; at += encoder.Dimension)
            {
                best = Math.Max(best, TensorPrimitives.Dot(query.Row(row), vectors.Slice(at, encoder.Dimension)));
            }

            sum += best;
        }

        return sum / rows;
    }
}
