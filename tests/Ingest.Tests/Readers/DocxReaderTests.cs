using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

public class DocxReaderTests
{
    private const string Space = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'";

    private const string Styles = $"""
        <w:styles {Space}><w:style w:styleId='Ttl'><w:name w:val='Title'/></w:style><w:style w:styleId='H'><w:name w:val='heading 2'/></w:style>
        <w:style w:styleId='Own'><w:name w:val='Our heading'/><w:basedOn w:val='H'/></w:style></w:styles>
        """;

    private const string Numbering = $"""
        <w:numbering {Space}><w:abstractNum w:abstractNumId='7'><w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/></w:lvl><w:lvl w:ilvl='1'><w:numFmt w:val='bullet'/></w:lvl></w:abstractNum>
        <w:num w:numId='3'><w:abstractNumId w:val='7'/></w:num></w:numbering>
        """;

    private static byte[] Docx(string body, string more = "") => Zips.Of(
        ("[Content_Types].xml", "<Types/>"), ("word/document.xml", $"<?xml version='1.0'?><w:document {Space}><w:body>{body}</w:body></w:document>"), ("word/styles.xml", Styles), ("word/numbering.xml", Numbering),
        ("word/footnotes.xml", $"<w:footnotes {Space}><w:footnote w:id='2'><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>"),
        ("docProps/core.xml", $"<c xmlns:dc='http://purl.org/dc/elements/1.1/'>{more}</c>"));

    private static string P(string text, string properties = "") => $"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>";

    private static string Item(string text, int level) => P(text, $"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='3'/></w:numPr>");

    [Fact]
    public void Headings_by_style_lists_with_numbers_and_notes_come_out()
    {
        Document document = Assert.Single(Sources.All("x", Docx(
            P("Care plan", "<w:pStyle w:val='Ttl'/>") + P("Drugs", "<w:pStyle w:val='Own'/>") + Item("one", 0) + Item("below", 1) + Item("two", 0) + P("Between.") + Item("three", 0)
            + "<w:p><w:r><w:t>End</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>, new</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>",
            "<dc:publisher>Ward 3</dc:publisher>")));
        Sources.CheckStructure(document);
        Assert.Equal(("Care plan", "Ward 3", "docx"), (document.Title, document.Provenance.Publisher, document.Provenance.Format));
        Assert.Equal(["Drugs", "Notes"], document.Sections.Select(s => s.HeadingPath[^1]));
        Assert.Equal(["1. one", "  - below", "2. two", "Between.", "3. three", "End [1], new", "[1] A note."], document.Blocks().Select(document.Of));
    }

    [Fact]
    public void Tables_have_headers_and_spans_and_boxes_are_read_once()
    {
        const string Merged = "<w:tcPr><w:vMerge w:val='restart'/></w:tcPr>", More = "<w:tcPr><w:vMerge/></w:tcPr>";
        string table = $"<w:tbl><w:tblPr/><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc>{P("Drug")}</w:tc><w:tc>{P("Dose")}</w:tc></w:tr>"
            + $"<w:tr><w:tc>{Merged}{P("X")}</w:tc><w:tc>{P("1 mg")}</w:tc></w:tr><w:tr><w:tc>{More}<w:p/></w:tc><w:tc>{P("2 mg")}</w:tc></w:tr></w:tbl>";
        string box = "<w:p><w:r><w:t>Text.</w:t><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>" + P("Box.") + "</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>" + P("Box.") + "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>";
        Document document = Assert.Single(Sources.All("x", Docx(table + box)));
        Assert.Equal(["Drug: X; Dose: 1 mg", "Drug: X; Dose: 2 mg"], document.Blocks().Select(b => b.RowText).Where(t => t is not null));
        Assert.Equal(["Text.", "Box."], document.Blocks().Where(b => b.RowText is null).Select(document.Of));
    }

    [Fact]
    public void Broken_and_other_packages_are_refused()
    {
        Assert.Contains("DTD", Assert.Throws<JmlrDataException>(() => Sources.All("x", Zips.Of(("word/document.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")))).What, StringComparison.Ordinal);
        Assert.Contains("ZIP", Assert.Throws<JmlrDataException>(() => Sources.All("x", Zips.Of(("other.bin", "x")))).What, StringComparison.Ordinal);
        Assert.Contains("no text", Assert.Throws<JmlrDataException>(() => Sources.All("x", Docx(""))).What, StringComparison.Ordinal);
        Assert.Contains(".docx", Assert.Throws<JmlrDataException>(() => Sources.All("x.doc", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])).What, StringComparison.Ordinal);
        Assert.Contains("MiB", Assert.Throws<JmlrDataException>(() => Sources.All("x", Zips.Of(("word/document.xml", new byte[70 << 20])))).What, StringComparison.Ordinal);
    }
}
