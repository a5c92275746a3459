using Jmlr.Ingest.Documents;

namespace Jmlr.Query.Text;

/// <summary>Sentences of a passage as ranges; a line break always ends one (list items, table rows).</summary>
static class SentenceRanges
{
    private static readonly string[] Abbreviations = ["e.g.", "i.e.", "vs.", "Dr.", "approx.", "etc.", "no.", "cf.", "al.", "Fig.", "St."];

    /// <summary>Trimmed, non-empty ranges in order.</summary>
    internal static List<CharSpan> Of(string text)
    {
        var ranges = new List<CharSpan>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                Add(ranges, text, start, i);
                start = i + 1;
            }
            else if (text[i] is '.' or '!' or '?' && EndOf(text, start, i) is int end)
            {
                Add(ranges, text, start, end);
                start = end;
                i = end - 1;
            }
        }

        Add(ranges, text, start, text.Length);
        return ranges;
    }

    /// <summary>Where the sentence with a stop at <paramref name="at"/> ends, or null when the stop does not end it.</summary>
    private static int? EndOf(string text, int start, int at)
    {
        int next = at + 1;
        // A closing bracket or quote belongs to the sentence it closes.
        while (next < text.Length && text[next] is ')' or ']' or '"' or '”')
        {
            next++;
        }

        if (next < text.Length && !char.IsWhiteSpace(text[next]))
        {
            return null;
        }

        int after = next;
        while (after < text.Length && text[after] is ' ' or '\t')
        {
            after++;
        }

        if (after < text.Length && (char.IsLower(text[after]) || OpensShortBracket(text, after)))
        {
            return null;
        }

        ReadOnlySpan<char> before = text.AsSpan(start, at + 1 - start);
        foreach (string abbreviation in Abbreviations)
        {
            if (before.EndsWith(abbreviation, StringComparison.Ordinal))
            {
                return null;
            }
        }

        return next;
    }

    // "... within one hour. (Grade A)": the grade belongs to the sentence before it.
    private static bool OpensShortBracket(string text, int at) =>
        text[at] is '(' or '[' && text.AsSpan(at, Math.Min(48, text.Length - at)).IndexOfAny(')', ']') is int close and > 0
        && !text.AsSpan(at, close).Contains('.');

    private static void Add(List<CharSpan> ranges, string text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        // The mark of a list item is layout, not words of the sentence.
        if (end - start > 2 && text[start] is '-' or '*' or '•' && text[start + 1] == ' ')
        {
            start += 2;
        }

        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        if (end > start)
        {
            ranges.Add(new CharSpan(start, end));
        }
    }
}
