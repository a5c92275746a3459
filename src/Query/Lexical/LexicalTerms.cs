using Jmlr.Query.Text;

namespace Jmlr.Query.Lexical;

/// <summary>Words and numbers of a text as BM25 counts them: lower case, inflections joined, "2.5" and "il6" whole, everything else a boundary.</summary>
static class LexicalTerms
{
    private const int LongestWord = 64;

    /// <summary>Calls <paramref name="take"/> with each term, in order.</summary>
    internal static void Scan(string text, Action<string> take)
    {
        for (int at = 0; at < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[at]))
            {
                at++;
                continue;
            }

            int start = at;
            while (at < text.Length && (char.IsLetterOrDigit(text[at]) || IsDecimal(text, at)))
            {
                at++;
            }

            if (at - start <= LongestWord)
            {
                take(Stemmer.Stem(text[start..at].ToLowerInvariant()));
            }
        }
    }

    private static bool IsDecimal(string text, int at) => text[at] is '.' or ',' && at > 0 && char.IsAsciiDigit(text[at - 1]) && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]);
}
