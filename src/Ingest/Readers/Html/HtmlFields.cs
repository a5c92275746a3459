using System.Net;
using System.Text;
using HtmlAgilityPack;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>Provenance that a page states in its body: sections named by the profile, and definition lists.</summary>
static class HtmlFields
{
    private const int MaxField = 4000;

    public static void Set(PageParts parts, HtmlProfile profile, FrontData front)
    {
        string[] texts = [.. profile.Fields.Count == 0 ? [] : parts.Headings.Select(PageParts.TextOf)];
        foreach ((string field, string[] headings) in profile.Fields)
        {
            int at = Array.FindIndex(texts, text => headings.Contains(text));
            HtmlNode? heading = at < 0 ? null : parts.Headings[at];
            if (heading is not null)
            {
                string value = Following(heading);
                front.Set(field, field == "publisher" ? Developers(value) : value, strict: false);
            }
        }

        foreach (HtmlNode term in parts.Terms)
        {
            string label = PageParts.TextOf(term).TrimEnd(':').ToLowerInvariant();
            HtmlNode? value = term.NextSibling;
            while (value is not null && value.Name != "dd" && value.Name != "dt")
            {
                value = value.NextSibling;
            }

            if (value?.Name == "dd" && profile.Definitions.FirstOrDefault(d => d.Value.Contains(label)).Key is string field)
            {
                front.Set(field, PageParts.TextOf(value), strict: false);
            }
        }
    }

    /// <summary>The text between a heading and the next.</summary>
    private static string Following(HtmlNode heading)
    {
        StringBuilder text = new();
        for (HtmlNode? node = heading.NextSibling; node is not null && node.Name is not ("h1" or "h2" or "h3" or "h4") && text.Length < MaxField; node = node.NextSibling)
        {
            if (node.NodeType != HtmlNodeType.Comment)
            {
                text.Append(WebUtility.HtmlDecode(node.InnerText)).Append('\n');
            }
        }

        string value = text.ToString().Trim();
        return value is "" or "Not stated" or "Not applicable" ? "" : value;
    }

    /// <summary>"Name - Kind of organisation", one a line: the names alone.</summary>
    private static string Developers(string value) => string.Join("; ", value
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(static line => line.LastIndexOf(" - ", StringComparison.Ordinal) is int dash and > 0 ? line[..dash].Trim() : line));
}
