namespace Jmlr.Query.Text;

/// <summary>A light suffix stripper for English: it joins inflections ("diuretics", "treated", "monitoring"), never different words of one root.</summary>
static class Stemmer
{
    /// <summary>Stem of a lower-case word.</summary>
    internal static string Stem(string word)
    {
        if (word.Length <= 3)
        {
            return word;
        }

        if (word.EndsWith("'s", StringComparison.Ordinal))
        {
            word = word[..^2];
        }

        if (word.EndsWith("ies", StringComparison.Ordinal) && word.Length > 4)
        {
            return word[..^3] + "y";
        }

        foreach (string ending in (ReadOnlySpan<string>)["sses", "xes", "ches", "shes"])
        {
            if (word.EndsWith(ending, StringComparison.Ordinal))
            {
                return word[..^2];
            }
        }

        if (word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i'))
        {
            word = word[..^1];
        }

        if (word.EndsWith("ing", StringComparison.Ordinal) && word.Length > 6)
        {
            return Undouble(word[..^3]);
        }

        if (word.EndsWith("ed", StringComparison.Ordinal) && word.Length > 5)
        {
            return Undouble(word[..^2]);
        }

        return word.Length > 4 && word[^1] == 'e' ? word[..^1] : word;
    }

    private static string Undouble(string stem)
    {
        if (stem.Length > 3 && stem[^1] == stem[^2] && stem[^1] is not ('l' or 's' or 'z'))
        {
            stem = stem[..^1];
        }

        return stem[^1] == 'e' ? stem[..^1] : stem;
    }
}
