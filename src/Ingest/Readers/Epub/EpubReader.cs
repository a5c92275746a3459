using System.Xml.Linq;
using HtmlAgilityPack;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Decoding;
using Jmlr.Ingest.Readers.Html;
using Jmlr.Ingest.Readers.Packages;

namespace Jmlr.Ingest.Readers.Epub;

/// <summary>EPUB books: the pages of the spine in reading order, as one document; metadata as provenance, the table of contents left out.</summary>
public sealed class EpubReader : IDocumentReader
{
    private const int MaxName = 400;
    private const string Container = "META-INF/container.xml";
    private static readonly string[] FontScrambling = ["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"];

    /// <inheritdoc/>
    public string Format => "epub";

    /// <inheritdoc/>
    public double Recognise(SourceFile file) => ZipPackage.Has(file, Container) ? 1 : 0;

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        using ZipPackage package = ZipPackage.Open(file);
        if (package.Xml("META-INF/encryption.xml") is XElement encryption && All(encryption, "EncryptionMethod").Any(static method => !FontScrambling.Contains((string?)method.Attribute("Algorithm"))))
        {
            Throw.Data("an encrypted EPUB (digital rights management): not read", file.Path);
        }

        string opf = Name((string?)All(package.Xml(Container) ?? Throw.Data<XElement>($"no part '{Container}'", file.Path), "rootfile").FirstOrDefault()?.Attribute("full-path"), file);
        XElement book = package.Xml(opf) ?? Throw.Data<XElement>($"the package file '{CanonicalText.Of(opf)}' is missing", file.Path);
        DocumentBuilder builder = new(file, Format);
        Front(book, builder.Front);
        string folder = opf.Contains('/', StringComparison.Ordinal) ? opf[..(opf.LastIndexOf('/') + 1)] : "";
        Dictionary<string, XElement> manifest = [];
        foreach (XElement item in All(book, "item"))
        {
            manifest.TryAdd((string?)item.Attribute("id") ?? "", item);
        }

        foreach (XElement reference in All(book, "itemref"))
        {
            if (manifest.TryGetValue((string?)reference.Attribute("idref") ?? "", out XElement? item) && IsText(item))
            {
                string part = Resolve(folder, Name((string?)item.Attribute("href"), file));
                byte[] bytes = package.Read(part) ?? Throw.Data<byte[]>($"the page '{CanonicalText.Of(part)}' of the spine is missing", file.Path);
                using StringReader text = new(TextDecoding.Decode(bytes, $"{file.Path}/{part}"));
                HtmlDocument page = HtmlReader.Parse(text, $"{file.Path}/{part}");
                new HtmlWalker(builder, new HtmlWalkerOptions(PseudoHeadings: false, NumberedLists: true, Positions: false)).Walk(page.DocumentNode);
            }
        }

        yield return builder.Finish();
    }

    private static bool IsText(XElement item) =>
        ((string?)item.Attribute("media-type") ?? "").Contains("html", StringComparison.OrdinalIgnoreCase) && !((string?)item.Attribute("properties") ?? "").Split(' ').Contains("nav");

    private static void Front(XElement book, FrontData front)
    {
        XElement? metadata = All(book, "metadata").FirstOrDefault();
        foreach ((string field, string name) in new[] { ("title", "title"), ("publisher", "publisher"), ("published", "date"), ("licence", "rights"), ("language", "language") })
        {
            front.Set(field, metadata?.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value, strict: false);
        }
    }

    private static string Name(string? reference, SourceFile file) =>
        reference?.Length > MaxName ? Throw.Data<string>($"the name of a part in {reference.Length} characters, at most {MaxName} are read", file.Path) : reference ?? "";

    /// <summary>The name of a part, from a reference in the package file. Names cannot lead out of the package: they are looked up, not opened.</summary>
    private static string Resolve(string folder, string href)
    {
        string path = folder + Uri.UnescapeDataString(href.Split('#')[0]);
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("." or ".." or ""))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private static IEnumerable<XElement> All(XElement under, string name) => under.Descendants().Where(element => element.Name.LocalName == name);
}
