using System.Text.RegularExpressions;
using Jmlr.Query.Text;

namespace Jmlr.Query.Questions;

/// <summary>Recognises questions that ask for an amount, a time or a limit; a sentence without a number does not answer them.</summary>
static partial class QuantityQuestion
{
    /// <summary>
    /// What the unit of a number must be for the number to answer <paramref name="question"/>, null standing for none; null when its last sentence asks for no number: a vignette is full of
    /// numbers, what it asks stands last. Hours are no dose, and an age is no target.
    /// </summary>
    internal static Predicate<string?>? Answer(string question)
    {
        string trimmed = question.TrimEnd(' ', '?', '.', '\n', '\r'), last = trimmed[(trimmed.LastIndexOfAny(['.', '?', '\n']) + 1)..];
        if (!Asks().IsMatch(last))
        {
            return null;
        }

        return Dose().IsMatch(last) ? unit => unit is not null && Units.IsAmount(unit) : Time().IsMatch(last) ? _ => true : unit => unit is null || !Units.IsTime(unit);
    }

    [GeneratedRegex(@"\b(how (long|much|many|often|soon|far|old|high|low)|(what|which)\b.{0,40}?\b(dose|dosage|target|duration|interval|threshold|cut-?off|level|frequency|age|rate)|(dose|dosage|target|duration|interval|threshold|frequency) (of|for|in)\b)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Asks();

    [GeneratedRegex(@"\b(dose|dosage)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Dose();

    [GeneratedRegex(@"\b(long|old|often|soon|duration|interval|frequency|age|rate)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}
