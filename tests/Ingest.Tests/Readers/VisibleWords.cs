using System.Net;
using System.Text.RegularExpressions;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>An extraction of visible words that shares nothing with the readers: patterns over the raw source.</summary>
static partial class VisibleWords
{
    /// <summary>The words of a page, in its order.</summary>
    public static List<string> InOrder(string html)
    {
        html = Dropped().Replace(html, " ");
        html = InlineTag().Replace(html, "");
        html = AnyTag().Replace(html, " ");
        return Split(WebUtility.HtmlDecode(html));
    }

    /// <summary>The words of a Markdown file, in its order.</summary>
    public static List<string> OfMarkdown(string text)
    {
        text = text.ReplaceLineEndings("\n");
        text = FrontMatter().Replace(text, "");
        text = Kramdown().Replace(text, "");
        text = Image().Replace(text, m => m.Groups["title"].Success && m.Groups["title"].Value.Trim().Length > 0 ? $" {m.Groups["title"].Value} " : $" {m.Groups["alt"].Value} ");
        text = LinkTarget().Replace(text, "]");
        text = Regex.Replace(text, @"\]\[[^\]^\n]*\]", "]");
        text = ReferenceLine().Replace(text, "");
        text = AutoLink().Replace(text, "$1");
        text = Regex.Replace(text, @"^(?:\?\?\?\+?|!!!)\s+\w+", "", RegexOptions.Multiline);
        text = Regex.Replace(text, @"^\s*```\S*", "", RegexOptions.Multiline);
        text = Regex.Replace(text, @"\\([^\w\s])", "$1");
        text = Regex.Replace(text, @"(?<=\w)\*{1,3}(?=\w)|\*{1,3}(?=\w)|(?<=[\w.,;:)])\*{1,3}|~~|(?<!\w)_{1,2}(?=\w)|(?<=[\w.,)])_{1,2}(?!\w)|(?<=\w)[~^](?=[\w+-]{1,12}[~^])|(?<=\w)[~^](?!\w)", "");
        text = Regex.Replace(text, @"<annotation.*?</annotation(?:-xml)?>", " ", RegexOptions.Singleline);
        return InOrder(text);
    }

    public static List<string> Split(string text) => [.. Word().Matches(Invisible().Replace(text, "")).Select(static word => word.Value)];

    public static Dictionary<string, int> Count(string text) => Count(Split(text));

    public static Dictionary<string, int> Count(IEnumerable<string> words) => words.CountBy(static word => word).ToDictionary();

    /// <summary>Words of <paramref name="of"/> that <paramref name="there"/> lacks, with how many.</summary>
    public static Dictionary<string, int> Missing(Dictionary<string, int> of, Dictionary<string, int> there) =>
        of.Where(w => there.GetValueOrDefault(w.Key) < w.Value).ToDictionary(w => w.Key, w => w.Value - there.GetValueOrDefault(w.Key));

    [GeneratedRegex(@"<!--.*?-->|<(script|style|head|nav|footer|aside|noscript)\b.*?</\1\s*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Dropped();

    [GeneratedRegex(@"</?(?:strong|storng|em|b|i|u|span|sup|sub|a|img|font|small|mark|kbd|code|cnx-pi|mi|mo|mn|mtext|mrow|msub|msup|msubsup|math|semantics|mfrac|munder|mover|mtable|mtd|mtr|del|ins|s|cite|q|abbr)\b[^<>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex InlineTag();

    [GeneratedRegex(@"</?[a-zA-Z!][^<>]*>")]
    private static partial Regex AnyTag();

    [GeneratedRegex(@"[\p{L}\p{N}\p{M}]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"[\u00AD\u200B\u200E\u200F\u2060\uFEFF\x00-\x08\x0E-\x1F\x7F-\x84\x86-\x9F]")]
    private static partial Regex Invisible();

    [GeneratedRegex(@"\A---\n.*?\n---\s*\n", RegexOptions.Singleline)]
    private static partial Regex FrontMatter();

    [GeneratedRegex(@"\{:[^}\n]*\}|\{%[^}\n]*%\}")]
    private static partial Regex Kramdown();

    [GeneratedRegex(@"!\[(?<alt>(?:[^\[\]]|\[[^\]]*\])*)\]\((?<url><[^<>]*>|[^\s)]*)\s*(?:""(?<title>(?:[^""\\]|\\.)*)"")?\s*\)", RegexOptions.Singleline)]
    private static partial Regex Image();

    [GeneratedRegex(@"(?<!\\)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+""[^""]*"")?\)")]
    private static partial Regex LinkTarget();

    [GeneratedRegex(@"^\s{0,3}\[[^\]^]+\]:\s*\S+.*$", RegexOptions.Multiline)]
    private static partial Regex ReferenceLine();

    [GeneratedRegex(@"<((?:https?://|mailto:)[^>\s]+)>")]
    private static partial Regex AutoLink();
}
