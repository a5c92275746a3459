using System.Text;
using System.Text.RegularExpressions;

namespace Jmlr.Ingest.Readers.Markdown;

/// <summary>Turns dialects into plain Markdown, line by line: kramdown attribute lists and Liquid tags go, admonitions become bold lead-ins, the insides of block elements are Markdown.</summary>
static partial class MarkdownCleaner
{
    private const int MaxIndent = 120;

    /// <summary>Cleans the body of a file. Indentation is bounded: Markdig's time grows with the square of the nesting.</summary>
    public static string Clean(ReadOnlySpan<char> text)
    {
        StringBuilder clean = new(text.Length + 256);
        bool fenced = false;
        bool admonition = false;
        foreach (ReadOnlySpan<char> raw in text.EnumerateLines())
        {
            ReadOnlySpan<char> line = raw;
            int indent = line.IndexOfAnyExcept(' ', '\t');
            line = indent > MaxIndent ? line[(indent - MaxIndent)..] : line;
            if (admonition)
            {
                // The body of an admonition is indented by four; the first line that is not ends it.
                if (line.StartsWith("    "))
                {
                    line = line[4..];
                }
                else if (line.StartsWith("\t"))
                {
                    line = line[1..];
                }
                else
                {
                    admonition = line.IsWhiteSpace();
                }
            }

            ReadOnlySpan<char> start = line.TrimStart();
            if (start.StartsWith("```") || start.StartsWith("~~~"))
            {
                fenced = !fenced;
            }

            if (fenced)
            {
                clean.Append(line).Append('\n');
            }
            else if (start.StartsWith("!!!") || start.StartsWith("???"))
            {
                admonition = Admonition(clean, start.ToString());
            }
            else
            {
                Line(clean, line);
            }
        }

        return clean.ToString();
    }

    private static void Line(StringBuilder clean, ReadOnlySpan<char> line)
    {
        string text = line.ToString();
        if (text.Contains("{:", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal) || text.Contains("{#", StringComparison.Ordinal))
        {
            text = HeadingId().Replace(Liquid().Replace(AttributeList().Replace(text, ""), ""), "");
        }

        // kramdown: a block element that says so has Markdown inside; without an empty line it would be raw HTML.
        bool block = text.Contains('<', StringComparison.Ordinal) && BlockTag().IsMatch(text);
        clean.Append(block ? "\n" : "").Append(text).Append(block ? "\n\n" : "\n");
    }

    private static bool Admonition(StringBuilder clean, string line)
    {
        Match match = AdmonitionStart().Match(line);
        if (!match.Success)
        {
            clean.Append(line).Append('\n');
            return false;
        }

        string title = match.Groups["title"] is { Success: true } given ? given.Value : match.Groups["type"].Value;
        clean.Append('\n').Append(title.Length > 0 ? $"**{title}**" : "").Append("\n\n");
        return true;
    }

    [GeneratedRegex(@"\{:[^{}\n]{0,1000}\}", RegexOptions.CultureInvariant)]
    private static partial Regex AttributeList();

    [GeneratedRegex(@"\{%[^{}\n]{0,1000}%\}", RegexOptions.CultureInvariant)]
    private static partial Regex Liquid();

    [GeneratedRegex(@"(?<=^#{1,6} .{0,400})\s*\{#[\w:.-]{1,200}\}\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex HeadingId();

    [GeneratedRegex(@"^\s{0,3}<(?:div|section|article|aside|figure)\b[^<>]{0,500}\smarkdown=[^<>]{0,500}>\s*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BlockTag();

    [GeneratedRegex(@"^(?:!!!|\?\?\?\+?)\s+(?<type>[\w-]{1,40})[^""]{0,100}(?:""(?<title>[^""]{0,300})"")?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex AdmonitionStart();
}
