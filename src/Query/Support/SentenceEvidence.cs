using Jmlr.Ingest.Documents;
using Jmlr.Query.Text;

namespace Jmlr.Query.Support;

/// <summary>One sentence of a passage, seen as evidence for a statement. Never two: neighbours often speak of different drugs.</summary>
sealed class SentenceEvidence
{
    private SentenceEvidence(CharSpan span, IReadOnlyList<Term> terms, double coverage, string? missingKey)
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

    /// <summary>The sentence that covers the most.</summary>
    internal static SentenceEvidence? Best(List<Term> claims, string passage, List<Term> terms, List<Term> heading)
    {
        HashSet<string> context = [.. heading.Where(SupportChecker.IsContent).Select(term => term.Form)];
        SentenceEvidence? best = null;
        foreach (CharSpan span in SentenceRanges.Of(passage))
        {
            SentenceEvidence sentence = Measure(claims, span, [.. terms.Where(term => term.Start >= span.Start && term.End <= span.End)], context);
            if (best is null || Better(sentence, best))
            {
                best = sentence;
            }
        }

        return best;
    }

    private static bool Better(SentenceEvidence candidate, SentenceEvidence best) =>
        candidate.Coverage > best.Coverage + 1e-9
        || (Math.Abs(candidate.Coverage - best.Coverage) <= 1e-9 && best.MissingKey is not null && candidate.MissingKey is null);

    private static SentenceEvidence Measure(List<Term> claims, CharSpan span, List<Term> terms, HashSet<string> context)
    {
        HashSet<string> here = [.. terms.Where(SupportChecker.IsContent).Select(term => term.Form)];
        int total = 0, found = 0;
        string? missing = null;
        foreach (Term claim in claims.Where(SupportChecker.IsContent))
        {
            total++;
            // The heading names the subject of every sentence below it; a dose or a limit must stand in the sentence itself.
            if ((here.Contains(claim.Form) && HasUnit(claim, terms)) || (claim.Kind != TermKind.Number && context.Contains(claim.Form)))
            {
                found++;
            }
            else if (claim.Kind is TermKind.Key or TermKind.Number)
            {
                missing ??= claim.Unit is null ? claim.Form : claim.Form + " " + claim.Unit;
            }
        }

        return new SentenceEvidence(span, terms, total == 0 ? 0 : (double)found / total, missing);
    }

    /// <summary>False when the number stands here with other units only: 100 g is not 100 mL. One without a unit ("1-2 mg", a column of a table) may have any.</summary>
    private static bool HasUnit(Term claim, List<Term> terms) => claim.Unit is null || terms.Exists(term => term.Form == claim.Form && (term.Unit is null || term.Unit == claim.Unit));
}
