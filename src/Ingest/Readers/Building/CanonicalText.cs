using System.Text;

namespace Jmlr.Ingest.Readers.Building;

/// <summary>
/// Rules of canonical text: runs of white space are one space; terminal escapes, control characters, invisible and direction-changing characters are dropped;
/// lone surrogates become U+FFFD.
/// </summary>
static class CanonicalText
{
    private const int MaxEscape = 256;

    /// <summary>Appends running text; a space is written only between visible characters.</summary>
    public static void Append(StringBuilder target, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsAsciiLetterOrDigit(c))
            {
                target.Append(c);
            }
            else if (IsSpace(c))
            {
                if (target.Length > 0 && target[^1] is not (' ' or '\n'))
                {
                    target.Append(' ');
                }
            }
            else
            {
                i = AppendOther(target, text, i);
            }
        }
    }

    /// <summary>Appends preformatted text: line breaks and spaces stay.</summary>
    public static void AppendPreformatted(StringBuilder target, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\n' || c == ' ' || c == '\t')
            {
                target.Append(c == '\t' ? ' ' : c);
            }
            else if (c == '\r')
            {
                if (i + 1 >= text.Length || text[i + 1] != '\n')
                {
                    target.Append('\n');
                }
            }
            else if (IsSpace(c))
            {
                target.Append(' ');
            }
            else
            {
                i = AppendOther(target, text, i);
            }
        }
    }

    /// <summary>Running text on its own.</summary>
    public static string Of(ReadOnlySpan<char> text)
    {
        StringBuilder target = new(text.Length);
        Append(target, text);
        return target.ToString().Trim(' ', '\n');
    }

    public static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r' or '\f' or '\v' or '\u00A0' or '\u0085' || (c > '\u00FF' && char.IsWhiteSpace(c));

    private static int AppendOther(StringBuilder target, ReadOnlySpan<char> text, int i)
    {
        char c = text[i];
        if (c == '\e')
        {
            return SkipEscape(text, i);
        }

        if (IsDropped(c))
        {
            return i;
        }

        if (!char.IsSurrogate(c))
        {
            target.Append(c);
        }
        else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
        {
            target.Append(c).Append(text[i + 1]);
            return i + 1;
        }
        else
        {
            target.Append('\uFFFD');
        }

        return i;
    }

    private static bool IsDropped(char c) => char.IsControl(c)
        || c is '\u00AD' or '\u200B' or '\u200E' or '\u200F' or '\u2060' or '\uFEFF' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or (>= '\uFFF9' and <= '\uFFFB');

    /// <summary>Index of the last character of a terminal escape sequence (CSI or OSC); a bare ESC alone is one.</summary>
    private static int SkipEscape(ReadOnlySpan<char> text, int i)
    {
        int limit = Math.Min(text.Length, i + MaxEscape);
        char kind = i + 1 < text.Length ? text[i + 1] : '\0';
        for (int at = i + 2; at < limit && kind is '[' or ']'; at++)
        {
            if (kind == '[' ? text[at] is >= '@' and <= '~' : text[at] is '\a' or '\e')
            {
                return kind == ']' && text[at] == '\e' && at + 1 < text.Length && text[at + 1] == '\\' ? at + 1 : at;
            }
        }

        return i;
    }
}
