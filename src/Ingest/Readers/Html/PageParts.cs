using System.Net;
using HtmlAgilityPack;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>The elements that say something about the page itself, found in one pass.</summary>
sealed class PageParts
{
    private const int MaxDefinitions = 40;

    public PageParts(HtmlDocument page)
    {
        Body = page.DocumentNode;
        // Walked by siblings and parents: the enumerator of HtmlAgilityPack costs a state machine a level.
        HtmlNode? node = page.DocumentNode.FirstChild;
        while (node is not null)
        {
            Look(node);
            HtmlNode? next = node.FirstChild ?? node.NextSibling;
            for (HtmlNode? above = node.ParentNode; next is null && above is not null && above.NodeType != HtmlNodeType.Document; above = above.ParentNode)
            {
                next = above.NextSibling;
            }

            node = next;
        }
    }

    public Dictionary<string, string> Meta { get; } = new(StringComparer.OrdinalIgnoreCase);

    public List<HtmlNode> Links { get; } = [];

    public List<HtmlNode> Headings { get; } = [];

    public List<HtmlNode> Terms { get; } = [];

    public HtmlNode Body { get; private set; }

    public string? Title { get; private set; }

    public string? Language { get; private set; }

    /// <summary>The text of a node on one line.</summary>
    public static string TextOf(HtmlNode node) => CanonicalText.Of(WebUtility.HtmlDecode(node.InnerText));

    private void Look(HtmlNode node)
    {
        switch (node.Name)
        {
            case "meta":
                string name = node.GetAttributeValue("name", "");
                name = name.Length > 0 ? name : node.GetAttributeValue("property", node.GetAttributeValue("http-equiv", ""));
                if (name.Length > 0)
                {
                    Meta.TryAdd(name, WebUtility.HtmlDecode(node.GetAttributeValue("content", "")));
                }

                break;
            case "link":
                Links.Add(node);
                break;
            case "h2" or "h3" or "h4":
                Headings.Add(node);
                break;
            case "dt" when Terms.Count < MaxDefinitions:
                Terms.Add(node);
                break;
            case "html":
                Language ??= node.GetAttributeValue("lang", "");
                break;
            case "body" when Body.NodeType == HtmlNodeType.Document:
                Body = node;
                break;
            case "title" when Title is null:
                Title = TextOf(node);
                break;
        }
    }
}
