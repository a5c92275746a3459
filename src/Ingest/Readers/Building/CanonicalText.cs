using System.Text;

namespace Jmlr.Ingest.Readers.Building;

/// <summary>
/// Rules of canonical text: runs of white space are one space; terminal escapes, control characters, invisible and direction-changing characters are dropped;
/// lone surrogates become U+FFFD.
/// </summary>
static class CanonicalText
{
    private const int MaxEscape = 256;
    private const string TwoSpaces = "  ";

    /// <summary>Appends running text; a space is written only between visible characters. Returns how many were written.</summary>
    public static int Append(StringBuilder target, ReadOnlySpan<char> text)
    {
        int spaces = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int plain = Plain(text[i..]);
            if (plain > 0)
            {
                spaces += AppendPlain(target, text.Slice(i, plain));
                i += plain - 1;
            }
            else if (IsSpace(text[i]))
            {
                spaces += AppendSpace(target);
            }
            else
            {
                i = AppendOther(target, text, i);
            }
        }

        return spaces;
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
        if (Plain(text) == text.Length && text.IndexOf(TwoSpaces) < 0)
        {
            return text.Trim(' ').ToString();
        }

        StringBuilder target = new(text.Length);
        Append(target, text);
        return target.ToString().Trim(' ', '\n');
    }

    public static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r' or '\f' or '\v' or '\u00A0' or '\u0085' || (c > '\u00FF' && char.IsWhiteSpace(c));

    /// <summary>Length of the printable ASCII at the beginning: most of most texts.</summary>
    private static int Plain(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange(' ', '~') is int odd and >= 0 ? odd : text.Length;

    private static int AppendPlain(StringBuilder target, ReadOnlySpan<char> text)
    {
        int spaces = 0;
        if (text[0] == ' ')
        {
            spaces += AppendSpace(target);
            text = text.TrimStart(' ');
        }

        while (text.Length > 0)
        {
            int twice = text.IndexOf(TwoSpaces);
            ReadOnlySpan<char> words = twice < 0 ? text : text[..(twice + 1)];
            target.Append(words);
            spaces += words.Count(' ');
            text = text[words.Length..].TrimStart(' ');
        }

        return spaces;
    }

    private static int AppendSpace(StringBuilder target)
    {
        if (target.Length == 0 || target[^1] is ' ' or '\n')
        {
            return 0;
        }

        target.Append(' ');
        return 1;
    }

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
