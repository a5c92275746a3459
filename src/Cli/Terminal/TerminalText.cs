using System.Text;

namespace Jmlr.Cli.Terminal;

/// <summary>Text from documents is untrusted: what could steer a terminal or turn text round is taken out before it is printed.</summary>
static class TerminalText
{
    /// <summary>The text without control characters (line feed and tab stay) and without bidirectional overrides.</summary>
    internal static string Clean(string text)
    {
        int first = 0;
        while (first < text.Length && !IsUnsafe(text[first]))
        {
            first++;
        }

        if (first == text.Length)
        {
            return text;
        }

        var clean = new StringBuilder(text, 0, first, text.Length);
        foreach (char c in text.AsSpan(first))
        {
            if (!IsUnsafe(c))
            {
                clean.Append(c);
            }
        }

        return clean.ToString();
    }

    /// <summary>One line of at most <paramref name="width"/> characters.</summary>
    internal static string OneLine(string text, int width)
    {
        string line = Clean(text).ReplaceLineEndings(" ").Replace('\t', ' ');
        return line.Length <= width ? line : string.Concat(line.AsSpan(0, Math.Max(0, width - 1)).TrimEnd(), "…");
    }

    /// <summary>The text in lines of at most <paramref name="width"/> characters, each after <paramref name="indent"/>.</summary>
    internal static string Wrap(string text, int width, string indent)
    {
        var lines = new StringBuilder();
        foreach (string paragraph in Clean(text).ReplaceLineEndings("\n").Split('\n'))
        {
            int column = 0;
            lines.Append(indent);
            foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (column > 0 && indent.Length + column + 1 + word.Length > width)
                {
                    lines.Append('\n').Append(indent);
                    column = 0;
                }

                if (column > 0)
                {
                    lines.Append(' ');
                    column++;
                }

                lines.Append(word);
                column += word.Length;
            }

            lines.Append('\n');
        }

        return lines.ToString().TrimEnd('\n');
    }

    private static bool IsUnsafe(char c) =>
        (char.IsControl(c) && c is not ('\n' or '\t')) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C';
}
