using System.Net;
using System.Text;
using HtmlAgilityPack;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>Provenance that a page states in its body: sections named by the profile, and definition lists.</summary>
static class HtmlFields
{
    private const int MaxField = 4000;
    private const int MaxDefinitions = 40;

    public static void Set(HtmlDocument page, HtmlProfile profile, FrontData front)
    {
        foreach ((string field, string[] headings) in profile.Fields)
        {
            HtmlNode? heading = page.DocumentNode.Descendants().FirstOrDefault(node =>
                node.Name is "h2" or "h3" or "h4" && headings.Contains(CanonicalText.Of(WebUtility.HtmlDecode(node.InnerText))));
            if (heading is not null)
            {
                string value = Following(heading);
                front.Set(field, field == "publisher" ? Developers(value) : value, strict: false);
            }
        }

        foreach (HtmlNode term in page.DocumentNode.Descendants("dt").Take(MaxDefinitions))
        {
            string label = CanonicalText.Of(WebUtility.HtmlDecode(term.InnerText)).TrimEnd(':').ToLowerInvariant();
            HtmlNode? value = term.NextSibling;
            while (value is not null && value.Name != "dd" && value.Name != "dt")
            {
                value = value.NextSibling;
            }

            if (value?.Name == "dd" && profile.Definitions.FirstOrDefault(d => d.Value.Contains(label)).Key is string field)
            {
                front.Set(field, CanonicalText.Of(WebUtility.HtmlDecode(value.InnerText)), strict: false);
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
