using System.Globalization;
using HtmlAgilityPack;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>Walks the elements of a page in reading order and tells a <see cref="DocumentBuilder"/> of headings, paragraphs, list items and rows.</summary>
sealed class HtmlWalker(DocumentBuilder builder, HtmlWalkerOptions options)
{
    private const int MaxPseudoHeading = 150;
    private const int MaxLeadIn = 400;

    private readonly InlineText _inline = new();
    private readonly Stack<(string Marker, bool Fresh)> _items = new();
    private int _lists;

    /// <summary>Walks the whole page. Nesting is bounded by the parser's limit.</summary>
    public void Walk(HtmlNode root)
    {
        Visit(root, bold: false, underlined: false);
        Flush();
    }

    private void Visit(HtmlNode node, bool bold, bool underlined)
    {
        switch (node.NodeType)
        {
            case HtmlNodeType.Text:
                if (_inline.IsEmpty)
                {
                    At(node);
                }

                _inline.Add((HtmlTextNode)node, bold, underlined);
                return;
            case HtmlNodeType.Comment:
                return;
        }

        if (HtmlRules.IsRemoved(node))
        {
            return;
        }

        switch (node.Name)
        {
            case "br":
                _inline.Break();
                break;
            case "img":
                Image(node);
                break;
            case "a" when node.HasAttributes && node.GetAttributeValue("class", "").StartsWith("footnote-", StringComparison.Ordinal):
                Footnote(node);
                break;
            case "h1" or "h2" or "h3" or "h4" or "h5" or "h6":
                Flush();
                Children(node, false, false);
                At(node);
                builder.Heading(node.Name[1] - '0', _inline.Take().Replace('\n', ' '));
                break;
            case "ul" or "ol":
                List(node);
                break;
            case "li":
                Item(node);
                break;
            case "dt":
                Flush();
                Children(node, false, false);
                builder.Block(BlockForm.Paragraph, _inline.Take(), leadIn: true);
                break;
            case "table":
                Flush(leadsToMore: true);
                new HtmlTable(this, builder).Read(node);
                break;
            case "pre":
                Flush();
                Preformatted(node);
                break;
            default:
                Default(node, bold || HtmlRules.IsBold(node), underlined || HtmlRules.IsUnderlined(node));
                break;
        }
    }

    /// <summary>The contents of an element as blocks of their own (a cell of a layout table).</summary>
    public void Blocks(HtmlNode node)
    {
        Flush();
        Children(node, false, false);
        Flush();
    }

    /// <summary>The words of an element in one line (a cell).</summary>
    public string Words(HtmlNode node)
    {
        Flush();
        Gather(node, _inline);
        return _inline.Take();
    }

    private void At(HtmlNode node)
    {
        if (options.Positions)
        {
            builder.At(node.StreamPosition);
        }
    }

    private static void Gather(HtmlNode node, InlineText into)
    {
        foreach (HtmlNode child in node.ChildNodes)
        {
            if (child is HtmlTextNode text)
            {
                into.Add(text, false, false);
            }
            else if (child.NodeType == HtmlNodeType.Element && !HtmlRules.IsRemoved(child))
            {
                bool apart = HtmlRules.IsBlock(child) || child.Name == "br";
                if (apart)
                {
                    into.Gap();
                }

                Gather(child, into);
                if (apart)
                {
                    into.Gap();
                }
            }
        }
    }

    private void Default(HtmlNode node, bool bold, bool underlined)
    {
        bool block = HtmlRules.IsBlock(node);
        if (block)
        {
            Flush();
        }

        Children(node, bold, underlined);
        if (block)
        {
            Flush();
        }
    }

    private void Children(HtmlNode node, bool bold, bool underlined)
    {
        for (HtmlNode? child = node.FirstChild; child is not null; child = child.NextSibling)
        {
            Visit(child, bold, underlined);
        }
    }

    private void List(HtmlNode node)
    {
        Flush(leadsToMore: true);
        _lists++;
        int number = options.NumberedLists && node.Name == "ol" ? Math.Clamp(node.GetAttributeValue("start", 1), 0, 1_000_000) : -1;
        for (HtmlNode? child = node.FirstChild; child is not null; child = child.NextSibling)
        {
            if (child.Name == "li")
            {
                Item(child, number < 0 ? "- " : string.Create(CultureInfo.InvariantCulture, $"{number++}. "));
            }
            else
            {
                Visit(child, false, false);
            }
        }

        Flush();
        _lists--;
    }

    private void Item(HtmlNode node, string marker = "- ")
    {
        Flush();
        string indent = new(' ', 2 * Math.Clamp(_lists - 1, 0, 10));
        _items.Push((indent + marker, true));
        Children(node, false, false);
        Flush();
        _items.Pop();
    }

    private void Preformatted(HtmlNode node)
    {
        System.Text.StringBuilder text = new();
        CanonicalText.AppendPreformatted(text, System.Net.WebUtility.HtmlDecode(node.InnerText));
        builder.Block(BlockForm.Preformatted, text.ToString().Trim('\n').TrimEnd());
    }

    /// <summary>Marks of Markdig's footnotes: "[1]" apart from the word before it, no arrow back.</summary>
    private void Footnote(HtmlNode node)
    {
        if (node.GetAttributeValue("class", "") == "footnote-ref")
        {
            _inline.Add($" [{node.InnerText}]");
        }
    }

    private void Image(HtmlNode node)
    {
        if (options.ImageText)
        {
            string text = node.GetAttributeValue("title", "");
            _inline.Gap();
            _inline.Add(System.Net.WebUtility.HtmlDecode(text.Length > 0 ? text : node.GetAttributeValue("alt", "")));
            _inline.Gap();
        }
    }

    /// <summary>Ends the block that is being gathered.</summary>
    /// <param name="leadsToMore">True when a list or table of the same thought follows.</param>
    private void Flush(bool leadsToMore = false)
    {
        if (_inline.IsEmpty)
        {
            _inline.Take();
            return;
        }

        (bool bold, bool underlined) = (_inline.AllBold, _inline.AllUnderlined);
        string text = _inline.Take();
        if (_items.Count > 0)
        {
            (string marker, bool fresh) = _items.Pop();
            _items.Push((marker, false));
            builder.Block(BlockForm.ListItem, fresh ? marker + text : new string(' ', marker.Length) + text, leadIn: leadsToMore);
        }
        else if (options.PseudoHeadings && (bold || underlined) && IsHeading(text))
        {
            builder.Heading(bold && underlined ? 4 : bold ? 5 : 6, text.Replace('\n', ' '));
        }
        else
        {
            bool colon = text.Length <= MaxLeadIn && text.EndsWith(':');
            builder.Block(BlockForm.Paragraph, text, leadIn: colon || (leadsToMore && text.Length <= MaxLeadIn) || (bold && text.Length <= MaxPseudoHeading));
        }
    }

    private static bool IsHeading(string text) =>
        text.Length <= MaxPseudoHeading && text.Any(char.IsLetter) && !text.EndsWith('.') && !text.EndsWith(';') && !text.EndsWith(',') && !GradeDetector.IsGradeOnly(text);
}
