using System.Xml.Linq;
using HtmlAgilityPack;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Html;
using Jmlr.Ingest.Readers.Packages;

namespace Jmlr.Ingest.Readers.Docx;

/// <summary>Word documents: headings by style or outline level, lists with their numbers, tables with spans, footnotes; deleted and hidden text, headers and footers left out.</summary>
public sealed class DocxReader : IDocumentReader
{
    private const string Main = "word/document.xml";

    /// <inheritdoc/>
    public string Format => "docx";

    /// <inheritdoc/>
    public double Recognise(SourceFile file) => ZipPackage.Has(file, Main) ? 1 : 0;

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        using ZipPackage package = ZipPackage.Open(file);
        XElement root = package.Xml(Main) ?? Throw.Data<XElement>($"no part '{Main}': this is no Word document", file.Path);
        DocumentBuilder builder = new(file, Format);
        XElement? core = package.Xml("docProps/core.xml");
        builder.Front.Set("title", Property(core, "title"), strict: false);
        builder.Front.Set("publisher", Property(core, "publisher"), strict: false);
        builder.Front.Set("language", Property(core, "language"), strict: false);
        DocxStyles styles = new(package.Xml("word/styles.xml"));
        DocxNumbering numbering = new(package.Xml("word/numbering.xml"));
        DocxNotes notes = new(package.Xml("word/footnotes.xml"), package.Xml("word/endnotes.xml"));
        using StringReader html = new(new DocxToHtml(styles, numbering, notes).Convert(root));
        HtmlDocument page = HtmlReader.Parse(html, file.Path);
        new HtmlWalker(builder, new HtmlWalkerOptions(PseudoHeadings: true, NumberedLists: true, Positions: false)).Walk(page.DocumentNode);
        yield return builder.Finish();
    }

    private static string? Property(XElement? core, string name) => core?.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
}
