using System.Collections.Frozen;
using HtmlAgilityPack;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>What the elements of HTML mean for a reader: removed, block, bold, underlined.</summary>
static class HtmlRules
{
    // Element names come in lower case.
    private static readonly FrozenSet<string> Removed = FrozenSet.Create(
        StringComparer.Ordinal,
        "head", "nav", "script", "style", "footer", "aside", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "audio", "video", "map",
        "form", "button", "select", "textarea", "input", "datalist", "dialog", "menu", "annotation", "annotation-xml", "title", "meta", "link");

    private static readonly FrozenSet<string> RemovedRoles = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "dialog", "alertdialog", "complementary");

    private static readonly FrozenSet<string> RemovedClasses = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "navigation", "navbar", "nav", "menu", "breadcrumb", "breadcrumbs", "sidebar", "footer", "site-footer", "site-header", "cookie", "cookies", "cookie-banner", "cookie-consent",
        "cookie-notice", "cookiebar", "cookie-bar", "consent-banner", "gdpr", "skip-link", "skiplink", "social-share", "share-buttons", "advertisement", "advert", "newsletter", "pagination");

    private static readonly FrozenSet<string> Blocks = FrozenSet.Create(
        StringComparer.Ordinal,
        "p", "div", "section", "article", "main", "header", "blockquote", "figure", "figcaption", "address", "fieldset", "legend", "details", "summary", "center", "body", "html",
        "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td", "th", "caption", "thead", "tbody", "tfoot", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "label", "option");

    /// <summary>True for elements that are not part of the guideline's text: navigation, scripts, banners, hidden parts.</summary>
    public static bool IsRemoved(HtmlNode node)
    {
        if (Removed.Contains(node.Name))
        {
            return true;
        }

        if (!node.HasAttributes)
        {
            return false;
        }

        foreach (HtmlAttribute attribute in node.Attributes)
        {
            string value = attribute.Value ?? "";
            switch (attribute.Name)
            {
                case "hidden":
                case "aria-hidden" when value.Equals("true", StringComparison.OrdinalIgnoreCase):
                case "role" when RemovedRoles.Contains(value):
                case "style" when Has(value, "display:none") || Has(value, "visibility:hidden"):
                case "class" or "id" when value.Length < 1000 && HasRemovedClass(value):
                    return node.Name is not ("body" or "html");
            }
        }

        return false;
    }

    public static bool IsBlock(HtmlNode node) => Blocks.Contains(node.Name);

    public static bool IsBold(HtmlNode node) => node.Name is "b" or "strong" || (node.Name is "span" or "font" && HasStyle(node, "font-weight:bold"));

    public static bool IsUnderlined(HtmlNode node) => node.Name is "u" || (node.Name is "span" && HasStyle(node, "text-decoration:underline"));

    private static bool HasStyle(HtmlNode node, string style) => node.HasAttributes && node.Attributes["style"] is { Value: string value } && Has(value, style);

    private static bool Has(string style, string wanted) => style.Length < 1000 && style.Replace(" ", "", StringComparison.Ordinal).Contains(wanted, StringComparison.OrdinalIgnoreCase);

    private static bool HasRemovedClass(string value)
    {
        FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup = RemovedClasses.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (Range part in value.AsSpan().SplitAny(' ', '\t', '\n', '\r'))
        {
            if (lookup.Contains(value.AsSpan(part)))
            {
                return true;
            }
        }

        return false;
    }
}
