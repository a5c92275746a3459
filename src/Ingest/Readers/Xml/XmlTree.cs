using System.Xml;
using System.Xml.Linq;
using Jmlr.Ingest.Readers.Decoding;

namespace Jmlr.Ingest.Readers.Xml;

/// <summary>Parses XML into a tree of bounded depth. A document type is refused, so there are no entities but the five of XML: nothing to expand, nothing to fetch.</summary>
static class XmlTree
{
    private const int MaxDepth = 200;
    private const int MaxCharacters = 24 << 20; // its elements take some twenty times as much

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>The root element of a file.</summary>
    public static XElement Parse(SourceFile file)
    {
        string text = TextDecoding.Decode(file.Content.Span, file.Path);
        return text.Length <= MaxCharacters ? Parse(text, file.Path) : Throw.Data<XElement>($"XML of {text.Length} characters, at most {MaxCharacters} are read: split the file", file.Path);
    }

    /// <summary>The root element of a text; <paramref name="path"/> names it in errors.</summary>
    public static XElement Parse(string text, string path)
    {
        try
        {
            // The text is decoded already: what the declaration says of the encoding is passed over.
            using StringReader chars = new(text.TrimStart());
            using System.Xml.XmlReader reader = System.Xml.XmlReader.Create(chars, Settings);
            return Build(reader, path) ?? Throw.Data<XElement>("XML without an element", path);
        }
        catch (XmlException error)
        {
            string what = error.Message.Contains("DTD", StringComparison.Ordinal)
                ? "a document type declaration (DTD) is not read, because it may define entities that grow without bound or name other files: remove the <!DOCTYPE ...>"
                : $"not well-formed XML (line {error.LineNumber}): {FirstSentence(error.Message)}";
            return Throw.Data<XElement>(what, path, inner: error);
        }
    }

    private static XElement? Build(System.Xml.XmlReader reader, string path)
    {
        XElement? root = null;
        XElement? at = null;
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (reader.Depth >= MaxDepth)
                    {
                        Throw.Data($"elements nested more than {MaxDepth} deep", path);
                    }

                    bool empty = reader.IsEmptyElement;
                    XElement element = new(XName.Get(reader.LocalName, reader.NamespaceURI));
                    for (bool more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
                    {
                        if (reader.Prefix is not ("xmlns" or "") || reader.LocalName != "xmlns")
                        {
                            element.SetAttributeValue(XName.Get(reader.LocalName, reader.NamespaceURI), reader.Value);
                        }
                    }

                    at?.Add(element);
                    root ??= element;
                    at = empty ? at : element;
                    break;
                case XmlNodeType.EndElement:
                    at = at?.Parent;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    at?.Add(new XText(reader.Value));
                    break;
            }
        }

        return root;
    }

    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(". ", StringComparison.Ordinal);
        string first = (end > 0 ? message[..end] : message).ReplaceLineEndings(" ");
        return first.Length > 160 ? $"{first[..160]}…" : first;
    }
}
