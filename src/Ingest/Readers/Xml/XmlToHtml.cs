using System.Globalization;
using System.Net;
using System.Text;
using System.Xml.Linq;

namespace Jmlr.Ingest.Readers.Xml;

/// <summary>Writes an XML document as the HTML that says the same, so that headings, lists and tables (also CALS tables) go one way.</summary>
sealed class XmlToHtml
{
    private const int MaxLevel = 6;
    private readonly StringBuilder _html = new();

    public static string Convert(XElement root)
    {
        XmlToHtml writer = new();
        writer.Element(root, 0, inText: false);
        return $"<html><body>{writer._html}</body></html>";
    }

    private void Element(XElement element, int level, bool inText)
    {
        string name = element.Name.LocalName;
        if (XmlNames.Metadata.Contains(name))
        {
            return;
        }

        XElement? title = TitleOf(element);
        if (name is "title-group" && element.Elements().FirstOrDefault(static e => e.Name.LocalName == "article-title") is XElement article)
        {
            Heading(1, null, article);
            Children(element, 1, false, article);
        }
        else if (name is "fig" or "figure" or "table-wrap" || (title is not null && name is "table" or "example"))
        {
            Captioned(element, level);
        }
        else if (title is not null && !inText && (XmlNames.Sections.Contains(name) || !XmlNames.Html.ContainsKey(name)))
        {
            XElement? label = Child(element, "label");
            Heading(level + 1, label, title);
            Children(element, level + 1, false, title, label);
        }
        else if (name is "abstract" or "ref-list" or "ack")
        {
            _html.Append(CultureInfo.InvariantCulture, $"<h{level + 1}>{name switch { "abstract" => "Abstract", "ack" => "Acknowledgements", _ => "References" }}</h{level + 1}>");
            Children(element, level + 1, false);
        }
        else if (XmlNames.Html.TryGetValue(name, out string? html))
        {
            Known(element, html, level);
        }
        else if (inText || XmlNames.Inline.Contains(name))
        {
            Children(element, level, inText: true);
        }
        else
        {
            bool text = HasText(element);
            _html.Append("<div>");
            Children(element, level, inText: text);
            _html.Append("</div>");
        }
    }

    private void Known(XElement element, string html, int level)
    {
        if (html == "br")
        {
            _html.Append("<br>");
            return;
        }

        if (html == "ul" && ((string?)element.Attribute("list-type") is "order" or "alpha-lower" or "roman-lower"))
        {
            html = "ol";
        }

        bool header = html == "td" && (element.Parent?.Parent?.Name.LocalName == "thead" || element.Parent?.Name.LocalName == "sthead");
        html = header ? "th" : html;
        _html.Append('<').Append(html);
        if (html is "td" or "th")
        {
            Spans(element);
        }

        _html.Append('>');
        Children(element, level, inText: html is "b" or "u" or "pre" || HasText(element));
        _html.Append("</").Append(html).Append('>');
    }

    /// <summary>colspan and rowspan of HTML, or namest/nameend and morerows of CALS.</summary>
    private void Spans(XElement cell)
    {
        int across = Number(cell, "colspan") ?? 1;
        int down = Number(cell, "rowspan") ?? (Number(cell, "morerows") + 1) ?? 1;
        if ((string?)cell.Attribute("namest") is string first && (string?)cell.Attribute("nameend") is string last)
        {
            string[] columns = [.. (cell.Ancestors().FirstOrDefault(static e => e.Name.LocalName is "tgroup") ?? cell).Elements().Where(static e => e.Name.LocalName == "colspec").Select(static e => (string?)e.Attribute("colname") ?? "")];
            int from = Array.IndexOf(columns, first), to = Array.IndexOf(columns, last);
            across = from >= 0 && to > from ? to - from + 1 : across;
        }

        _html.Append(CultureInfo.InvariantCulture, $" colspan=\"{across}\" rowspan=\"{down}\"");
    }

    /// <summary>A figure or table: label and title are a lead-in, the rest follows.</summary>
    private void Captioned(XElement element, int level)
    {
        XElement? label = Child(element, "label"), caption = Child(element, "caption"), title = Child(element, "title");
        _html.Append("<div><b>");
        Words(label);
        Words(title);
        Words(caption);
        _html.Append("</b></div>");
        if (element.Name.LocalName is "table")
        {
            _html.Append("<table>");
            Children(element, level, false, label, caption, title);
            _html.Append("</table>");
        }
        else
        {
            Children(element, level, false, label, caption, title);
        }
    }

    private void Words(XElement? element)
    {
        Text(element);
        _html.Append(' ');
    }

    /// <summary>The words of an element in one line, whatever is in it.</summary>
    private void Text(XElement? element)
    {
        if (element is not null && !XmlNames.Metadata.Contains(element.Name.LocalName))
        {
            bool apart = !HasText(element);
            foreach (XNode node in element.Nodes())
            {
                _html.Append(node is XText text ? WebUtility.HtmlEncode(text.Value) : "");
                if (node is XElement child)
                {
                    bool inline = !apart && XmlNames.Inline.Contains(child.Name.LocalName);
                    _html.Append(inline ? "" : " ");
                    Text(child);
                    _html.Append(inline ? "" : " ");
                }
            }
        }
    }

    private void Heading(int level, XElement? label, XElement title)
    {
        int depth = Math.Min(level, MaxLevel);
        _html.Append(CultureInfo.InvariantCulture, $"<h{depth}>");
        Words(label);
        Words(title);
        _html.Append(CultureInfo.InvariantCulture, $"</h{depth}>");
    }

    private void Children(XElement element, int level, bool inText, params ReadOnlySpan<XElement?> but)
    {
        bool apart = !HasText(element); // <surname>A</surname><name>B</name>: two words
        foreach (XNode node in element.Nodes())
        {
            if (node is XText text)
            {
                _html.Append(WebUtility.HtmlEncode(text.Value));
            }
            else if (node is XElement child && !but.Contains(child))
            {
                Element(child, level, inText);
                _html.Append(apart ? " " : "");
            }
        }
    }

    private static XElement? TitleOf(XElement element) =>
        Child(element, "title") ?? (element.Elements().FirstOrDefault(static e => e.Name.LocalName is "info" or "bookinfo" or "articleinfo") is XElement info ? Child(info, "title") : null) ?? Child(element, "head") ?? Child(element, "heading");

    private static XElement? Child(XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    private static bool HasText(XElement element) => element.Nodes().Any(static node => node is XText text && !string.IsNullOrWhiteSpace(text.Value));

    private static int? Number(XElement element, string name) => int.TryParse((string?)element.Attribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? Math.Min(value, 1000) : null;
}
