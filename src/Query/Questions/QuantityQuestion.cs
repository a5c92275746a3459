using System.Text.RegularExpressions;

namespace Jmlr.Query.Questions;

/// <summary>Recognises questions that ask for an amount, a time or a limit; a sentence without a number does not answer them.</summary>
static partial class QuantityQuestion
{
    /// <summary>Whether the last sentence of <paramref name="question"/> asks for a number. A vignette is full of numbers, what it asks stands last.</summary>
    internal static bool Is(string question)
    {
        string trimmed = question.TrimEnd(' ', '?', '.', '\n', '\r');
        int start = trimmed.LastIndexOfAny(['.', '?', '\n']) + 1;
        return Asks().IsMatch(trimmed[start..]);
    }

    [GeneratedRegex(@"\b(how (long|much|many|often|soon|far|old|high|low)|(what|which)\b.{0,40}?\b(dose|dosage|target|duration|interval|threshold|cut-?off|level|frequency|age|rate)|(dose|dosage|target|duration|interval|threshold|frequency) (of|for|in)\b)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Asks();
}
