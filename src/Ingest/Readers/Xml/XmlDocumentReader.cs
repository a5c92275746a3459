using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HtmlAgilityPack;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Html;

namespace Jmlr.Ingest.Readers.Xml;

/// <summary>XML: question and answer files (MedQuAD), journal articles (JATS), DocBook, DITA and whatever has titles, paragraphs, lists and tables by other names.</summary>
public sealed partial class XmlDocumentReader : IDocumentReader
{
    /// <inheritdoc/>
    public string Format => "xml";

    /// <inheritdoc/>
    public double Recognise(SourceFile file)
    {
        string head = Encoding.Latin1.GetString(file.Content.Span[..Math.Min(file.Content.Length, 2048)]).Replace("\0", "", StringComparison.Ordinal);
        Match start = Start().Match(head);
        if (!start.Success || start.Groups["root"].Value.Equals("html", StringComparison.OrdinalIgnoreCase) || head.Contains("<html", StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        bool declared = start.Groups["xml"].Success;
        bool typed = start.Groups["type"].Success;
        bool named = file.Path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".nxml", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".dita", StringComparison.OrdinalIgnoreCase);
        return declared || typed ? 0.98 : named ? 0.95 : MedQuadLayout.IsRoot(start.Groups["root"].Value) ? 0.9 : 0;
    }

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        XElement root = XmlTree.Parse(file);
        DocumentBuilder builder = new(file, Format);
        if (MedQuadLayout.Matches(root))
        {
            MedQuadLayout.Read(root, file, builder);
        }
        else
        {
            XmlFront.Read(root, builder.Front);
            using StringReader html = new(XmlToHtml.Convert(root));
            HtmlDocument page = HtmlReader.Parse(html, file.Path);
            new HtmlWalker(builder, new HtmlWalkerOptions(PseudoHeadings: false, Positions: false)).Walk(page.DocumentNode);
        }

        yield return builder.Finish();
    }

    [GeneratedRegex(@"^(?:\u00EF\u00BB\u00BF|\u00FF\u00FE|\u00FE\u00FF)?\s*(?<xml><\?xml\b[^>]*>)?\s*(?:<!--(?:(?!-->).)*-->\s*|<\?(?:(?!\?>).)*\?>\s*)*(?<type><!DOCTYPE\s+(?!html\b))?<?(?:[\w.-]+:)?(?<root>[A-Za-z_][\w.-]*)", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Start();
}
