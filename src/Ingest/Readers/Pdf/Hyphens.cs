using System.Text;

namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>
/// Joins lines. A word cut at a line end is put together; whether its hyphen belongs to the word is told by how the document writes it elsewhere.
/// </summary>
sealed class Hyphens
{
    private readonly HashSet<string> _words = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Learns the words of the document that do not stand at a line end.</summary>
    public Hyphens(IEnumerable<PdfLine> lines)
    {
        foreach (PdfLine line in lines)
        {
            for (int i = 0; i < line.Words.Count; i++)
            {
                string word = line.Words[i].Text.Trim('.', ',', ';', ':', '(', ')', '[', ']', '“', '”', '"');
                if (word.Length > 0 && !(i == line.Words.Count - 1 && Ends(word)))
                {
                    _words.Add(word);
                }
            }
        }
    }

    /// <summary>The lines as running text.</summary>
    public string Join(IEnumerable<string> lines)
    {
        StringBuilder text = new();
        foreach (string line in lines)
        {
            if (text.Length == 0)
            {
                text.Append(line);
            }
            else if (text[^1] == '\u00AD')
            {
                text.Length--;
                text.Append(line);
            }
            else if (Ends(text) && line.Length > 0 && char.IsLetterOrDigit(line[0]))
            {
                text.Length -= Keeps(text, line) ? 0 : 1;
                text.Append(line);
            }
            else
            {
                text.Append(' ').Append(line);
            }
        }

        return text.ToString();
    }

    /// <summary>True when the hyphen belongs to the word.</summary>
    private bool Keeps(StringBuilder text, string line)
    {
        int start = text.Length - 1;
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]) && text.Length - start < 60)
        {
            start--;
        }

        string before = text.ToString(start, text.Length - start - 1).TrimStart('(', '[', '“', '"');
        string after = new([.. line.TakeWhile(static c => char.IsLetterOrDigit(c) || c == '-')]);
        if (!char.IsLower(line[0]) || before.Any(static c => char.IsDigit(c) || c is '-' or '/' or '.'))
        {
            return true; // Chapeta-Parada, COVID-19, http://a-b, face-to-face
        }

        return !_words.Contains(before + after) && (_words.Contains($"{before}-{after}") || (before.Length > 2 && after.Length > 3 && _words.Contains(before) && _words.Contains(after)));
    }

    private static bool Ends(string word) => word.Length > 1 && word[^1] is '-' or '\u2010' && char.IsLetterOrDigit(word[^2]);

    private static bool Ends(StringBuilder text) => text.Length > 1 && text[^1] is '-' or '\u2010' && char.IsLetterOrDigit(text[^2]);
}
