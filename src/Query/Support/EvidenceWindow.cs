using Jmlr.Ingest.Documents;
using Jmlr.Query.Text;

namespace Jmlr.Query.Support;

/// <summary>One sentence of a passage, or two neighbours, seen as evidence for a statement.</summary>
sealed class EvidenceWindow
{
    private EvidenceWindow(CharSpan span, IReadOnlyList<Term> terms, double coverage, string? missingKey)
    {
        Span = span;
        Terms = terms;
        Coverage = coverage;
        MissingKey = missingKey;
    }

    /// <summary>Range in the passage text.</summary>
    internal CharSpan Span { get; }

    /// <summary>Terms of the range, in order.</summary>
    internal IReadOnlyList<Term> Terms { get; }

    /// <summary>Share of the statement's content terms that are here or in the heading.</summary>
    internal double Coverage { get; }

    /// <summary>A drug, abbreviation or number of the statement that is not here, or null.</summary>
    internal string? MissingKey { get; }

    /// <summary>The window that covers the most; a single sentence wins over two.</summary>
    internal static EvidenceWindow? Best(List<Term> claims, string passage, List<Term> terms, List<Term> heading)
    {
        List<CharSpan> sentences = SentenceRanges.Of(passage);
        HashSet<string> context = [.. heading.Where(SupportChecker.IsContent).Select(term => term.Form)];
        EvidenceWindow? best = null;
        for (int width = 1; width <= 2; width++)
        {
            for (int first = 0; first + width <= sentences.Count; first++)
            {
                var span = new CharSpan(sentences[first].Start, sentences[first + width - 1].End);
                EvidenceWindow window = Measure(claims, span, [.. terms.Where(term => term.Start >= span.Start && term.End <= span.End)], context);
                if (best is null || Better(window, best))
                {
                    best = window;
                }
            }
        }

        return best;
    }

    private static bool Better(EvidenceWindow candidate, EvidenceWindow best) =>
        candidate.Coverage > best.Coverage + 1e-9
        || (Math.Abs(candidate.Coverage - best.Coverage) <= 1e-9 && best.MissingKey is not null && candidate.MissingKey is null);

    private static EvidenceWindow Measure(List<Term> claims, CharSpan span, List<Term> terms, HashSet<string> context)
    {
        HashSet<string> here = [.. terms.Where(SupportChecker.IsContent).Select(term => term.Form)];
        int total = 0, found = 0;
        string? missing = null;
        foreach (Term claim in claims.Where(SupportChecker.IsContent))
        {
            total++;
            // The heading names the subject of every sentence below it; a dose or a limit must stand in the sentence itself.
            if (here.Contains(claim.Form) || (claim.Kind != TermKind.Number && context.Contains(claim.Form)))
            {
                found++;
            }
            else if (claim.Kind is TermKind.Key or TermKind.Number)
            {
                missing ??= claim.Form;
            }
        }

        return new EvidenceWindow(span, terms, total == 0 ? 0 : (double)found / total, missing);
    }
}
