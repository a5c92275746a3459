using System.Text.RegularExpressions;

namespace Jmlr.Ingest.Readers.Building;

/// <summary>Grades of recommendations in running text: "(Grade A)", "Grade: B", "[Strong recommendation]", "(1B)", "Class I, Level A".</summary>
static partial class GradeDetector
{
    private const int MaxBracket = 160;

    /// <summary>The first grade stated in the text ("A", "1B", "Strong", "Class I, Level A"), or null. Enumerations of a scale are none.</summary>
    public static string? Find(ReadOnlySpan<char> text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            int skip = text[at..].IndexOfAny('(', '[');
            if (skip < 0)
            {
                break;
            }

            at += skip;
            ReadOnlySpan<char> rest = text[(at + 1)..Math.Min(text.Length, at + 1 + MaxBracket)];
            int close = rest.IndexOf(text[at] == '(' ? ')' : ']');
            if (close > 0 && FromPhrase(rest[..close].ToString(), bracketed: true) is string grade)
            {
                return grade;
            }
        }

        Match stated = text.IndexOf(':') >= 0 || text.IndexOf('=') >= 0 ? Stated().Match(text.ToString()) : Match.Empty;
        if (stated.Success)
        {
            return FromPhrase(stated.Groups["phrase"].Value, bracketed: false);
        }

        return text.StartsWith("class ", StringComparison.OrdinalIgnoreCase) || text.StartsWith("grade ", StringComparison.OrdinalIgnoreCase)
            ? text.Length < MaxBracket ? FromPhrase(text.ToString(), bracketed: false) : null
            : null;
    }

    /// <summary>True when the text says nothing but a grade, so that it belongs to the recommendation before it.</summary>
    public static bool IsGradeOnly(string text) => text.Length <= 110 && GradeOnly().IsMatch(text) && Find(text) is not null;

    private static string? FromPhrase(string phrase, bool bracketed)
    {
        if (Scale().IsMatch(phrase))
        {
            return null;
        }

        if (bracketed && Short().Match(phrase) is { Success: true } pair)
        {
            return pair.Groups["grade"].Value.ToUpperInvariant();
        }

        if (ClassLevel().Match(phrase) is { Success: true } classLevel)
        {
            string level = classLevel.Groups["level"].Value.ToUpperInvariant();
            return level.Length == 0 ? $"Class {Roman(classLevel.Groups["class"].Value)}" : $"Class {Roman(classLevel.Groups["class"].Value)}, Level {level}";
        }

        if (Letter().Match(phrase) is { Success: true } letter)
        {
            return letter.Groups["grade"].Value.ToUpperInvariant();
        }

        if (Strength().Match(phrase) is { Success: true } strength)
        {
            string word = strength.Groups["word"].Value;
            return char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant();
        }

        return Level().Match(phrase) is { Success: true } alone ? $"Level {alone.Groups["grade"].Value.ToUpperInvariant()}" : null;
    }

    private static string Roman(string number) => number.Replace('A', 'a').Replace('B', 'b');

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    // "grade A, B, or C", "Class I-III", "strong, weak": the scale itself.
    [GeneratedRegex(@"\b(?:grades?|levels?|class(?:es)?)\s+[A-E0-9IV]{1,3}(?:\s*[,/–-]\s*|\s+(?:to|or|and|through)\s+)(?:or\s+)?[A-EIV1-4]{1,3}\b(?!\s*(?:evidence|level))|\bstrong\b.{0,40}\b(?:weak|conditional)\b(?!\s+positive)|\b(?:weak|conditional)\b.{0,40}\bstrong\b(?!\s+positive)|\brating\b|\brequires?\b|^(?:i\.e\.|e\.g\.)", Options)]
    private static partial Regex Scale();

    [GeneratedRegex(@"^\s*(?<grade>[12][A-D])\s*$")]
    private static partial Regex Short();

    [GeneratedRegex(@"\bclass(?:\s+of\s+recommendation)?\s*[:=]?\s*(?<class>I{1,3}[ab]?|IV)\b(?:\s*[,;/]?\s*(?:and\s+)?(?:level|LOE)(?:\s+of\s+evidence)?\s*[:=]?\s*(?<level>[A-E](?:-[A-Z]{1,3})?|[1-5])\b)?", Options)]
    private static partial Regex ClassLevel();

    [GeneratedRegex(@"\bgrade(?:\s+of\s+(?:the\s+)?recommendations?)?\s*[:=–-]?\s*(?<grade>[12][A-D]|[A-D][1-3]?[+-]?|[1-4]|I|GPP|CB)(?![\w])", Options)]
    private static partial Regex Letter();

    [GeneratedRegex(@"^\s*(?:strength(?:\s+of\s+(?:the\s+)?recommendation)?\s*[:=]?\s*)?(?<word>strong|weak|conditional|moderate|optional)(?:\s+(?:positive|negative))?(?:\s+(?:recommendation|for|against)\b|\s*[,;/]|\s*$)|(?:[;,]|\bstrength\s+of\s+(?:the\s+)?recommendation\s*[:=])\s*(?<word>strong|weak|conditional|moderate)(?:\s+(?:positive|negative))?(?:\s+recommendation|\s*$)", Options)]
    private static partial Regex Strength();

    [GeneratedRegex(@"^\s*level\s+(?<grade>[A-D]|U)\s*$", Options)]
    private static partial Regex Level();

    [GeneratedRegex(@"(?:^|[.;)\]]\s{0,3}|\n)(?<phrase>(?:(?:recommendation\s+|evidence\s+)?grade(?:\s+of\s+(?:the\s+)?recommendation)?|strength(?:\s+of\s+(?:the\s+)?recommendation)?|class(?:\s+of\s+recommendation)?)\s*[:=]\s*[^.\n]{1,60})", Options)]
    private static partial Regex Stated();

    [GeneratedRegex(@"^\s*[\[(]?\s*(?:(?:recommendation\s+)?grade\b|strength\b|strong\b|weak\b|conditional\b|class\s+I|level\b|[12][A-D]\s*[\])])[^.]{0,90}[\])]?\.?\s*$", Options)]
    private static partial Regex GradeOnly();
}
