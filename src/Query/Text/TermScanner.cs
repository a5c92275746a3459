namespace Jmlr.Query.Text;

/// <summary>Splits text into content terms in normal form.</summary>
static class TermScanner
{
    /// <summary>Content terms of <paramref name="text"/>, in order; neutral words are left out.</summary>
    internal static List<Term> Scan(string text)
    {
        var terms = new List<Term>();
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsAsciiDigit(text[at]))
            {
                at = ScanNumber(text, at, terms);
            }
            else if (char.IsLetter(text[at]))
            {
                at = ScanWord(text, at, terms);
            }
            else
            {
                at++;
            }
        }

        return terms;
    }

    private static int ScanNumber(string text, int start, List<Term> terms)
    {
        int end = start;
        while (end < text.Length && (char.IsAsciiDigit(text[end])
            || (text[end] is '.' or ',' && end + 1 < text.Length && char.IsAsciiDigit(text[end + 1]))))
        {
            end++;
        }

        string digits = text[start..end];
        // "1,000" is a thousand; "2,5" is read as a decimal comma only when it cannot be a group of thousands.
        int comma = digits.IndexOf(',', StringComparison.Ordinal);
        digits = comma >= 0 && digits.Length - comma == 4 ? digits.Replace(",", "", StringComparison.Ordinal) : digits.Replace(',', '.');
        if (digits.Contains('.', StringComparison.Ordinal))
        {
            digits = digits.TrimEnd('0').TrimEnd('.');
        }

        terms.Add(new Term(TermKind.Number, digits, start, end, Units.At(text, end)));
        return end;
    }

    private static int ScanWord(string text, int start, List<Term> terms)
    {
        int end = start;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || IsJoint(text, end)))
        {
            end++;
        }

        string word = text[start..end];
        string lower = word.ToLowerInvariant().Replace('’', '\'');
        if (WordLists.Negations.Contains(lower))
        {
            terms.Add(new Term(TermKind.Negation, "not", start, end));
        }
        else if (WordLists.Comparisons.Contains(lower))
        {
            terms.Add(new Term(TermKind.Comparison, lower, start, end));
        }
        else if (WordLists.Numbers.TryGetValue(lower, out string? number))
        {
            terms.Add(new Term(TermKind.Number, number, start, end, Units.At(text, end)));
        }
        else if (!WordLists.Neutral.Contains(lower) && lower.Length > 1)
        {
            terms.Add(new Term(IsKey(word, lower) ? TermKind.Key : TermKind.Word, Stemmer.Stem(lower), start, end));
        }

        return end;
    }

    // An apostrophe or hyphen between letters is part of the word ("Graves' disease" ends before the space, "beta-blocker" is one word).
    private static bool IsJoint(string text, int at) =>
        text[at] is '\'' or '’' && at + 1 < text.Length && char.IsLetter(text[at + 1]);

    private static bool IsKey(string word, string lower)
    {
        if (word.Any(char.IsAsciiDigit))
        {
            return true;
        }

        // Abbreviations: two or more capitals ("ACE", "eGFR", "LABA").
        if (word.Count(char.IsUpper) >= 2)
        {
            return true;
        }

        string singular = lower.EndsWith('s') ? lower[..^1] : lower;
        return lower.Length >= 5 && WordLists.DrugEndings.Any(ending => singular.EndsWith(ending, StringComparison.Ordinal));
    }
}
