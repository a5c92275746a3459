using Jmlr.Ingest.Documents;
using Jmlr.Query.Text;

namespace Jmlr.Query.Support;

/// <summary>
/// Decides whether a statement says only what a passage says. Deliberately strict: a small generator invents, and a refused statement costs
/// little because the answer then falls back to verbatim sentences. Lexical, so that its verdict can be explained and repeated.
/// </summary>
public static class SupportChecker
{
    /// <summary>Share of the statement's content terms that one sentence must hold; all of them where the statement has a number.</summary>
    public const double MinimumCoverage = 0.8;

    // Below this many content terms a sentence says too little to be worth checking ("This is correct.").
    private const int MinimumTerms = 3;

    /// <summary>Checks <paramref name="statement"/> against <paramref name="passage"/>.</summary>
    public static SupportVerdict Check(string statement, Passage passage)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(passage);

        List<Term> claims = TermScanner.Scan(statement);
        if (claims.Count(IsContent) < MinimumTerms)
        {
            return Refuse("it says too little to be checked");
        }

        List<Term> heading = TermScanner.Scan(passage.Heading);
        List<Term> text = TermScanner.Scan(passage.Text);
        HashSet<string> known = [.. heading.Concat(text).Where(IsContent).Select(term => term.Form)];

        Term? missing = claims.Where(claim => claim.Kind is TermKind.Key or TermKind.Number && !known.Contains(claim.Form)).Select(term => (Term?)term).FirstOrDefault();
        if (missing is Term absent)
        {
            return Refuse($"not in the passage: {statement[absent.Start..absent.End]}");
        }

        return SentenceEvidence.Best(claims, passage.Text, text, heading) is SentenceEvidence best ? Judge(claims, best) : Refuse("the passage has no sentence on it");
    }

    internal static bool IsContent(Term term) => term.Kind is TermKind.Word or TermKind.Key or TermKind.Number;

    private static SupportVerdict Judge(List<Term> claims, SentenceEvidence sentence)
    {
        string? reason = null;
        if (sentence.Coverage < MinimumCoverage)
        {
            reason = "no sentence of the passage says this";
        }
        else if (sentence.Coverage < 1 && claims.Exists(term => term.Kind == TermKind.Number))
        {
            // One word of its own makes another number of it: "the dose is 1 mg" of how an infusion is prepared.
            reason = "a number, with words that the passage does not have beside it";
        }
        else if (sentence.MissingKey is string key)
        {
            reason = $"said elsewhere in the passage, not here: {key}";
        }
        else if (Negated(claims) != Negated(sentence.Terms))
        {
            reason = "the passage says the opposite or adds a condition";
        }
        else if (claims.Exists(term => term.Kind == TermKind.Comparison) && Ordered(claims, sentence.Terms) < MinimumCoverage)
        {
            reason = "the passage orders the alternatives differently";
        }

        return new SupportVerdict(reason is null, sentence.Coverage, sentence.Span, reason);
    }

    private static bool Negated(IReadOnlyList<Term> terms) => terms.Any(term => term.Kind == TermKind.Negation);

    /// <summary>Length of the longest common subsequence of content terms, as a share of the statement's.</summary>
    private static double Ordered(List<Term> claims, IReadOnlyList<Term> evidence)
    {
        string[] left = [.. claims.Where(IsContent).Select(term => term.Form)];
        string[] right = [.. evidence.Where(IsContent).Select(term => term.Form)];
        int[] row = new int[right.Length + 1];
        foreach (string word in left)
        {
            int diagonal = 0;
            for (int j = 1; j <= right.Length; j++)
            {
                int above = row[j];
                row[j] = word == right[j - 1] ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }

        return left.Length == 0 ? 0 : (double)row[^1] / left.Length;
    }

    private static SupportVerdict Refuse(string reason) => new(false, 0, default, reason);
}
