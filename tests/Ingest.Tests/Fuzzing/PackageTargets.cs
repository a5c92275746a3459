using System.Text;
using Jmlr.Ingest.Tests.Readers;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>DOCX and EPUB: mostly a part is changed and packed again, so that the change reaches what reads the parts.</summary>
sealed class PackageTarget(string format, (string Name, byte[] Bytes)[] parts, params string[] words) : ReaderTarget(format, format, $"a.{format}", [Zips.Of(parts)], words)
{
    private static readonly string[] Tags = ["<a>", "</a>", "/>", "&#xD800;", "&x;", "<!DOCTYPE a>", "<![CDATA[", "xmlns:w=''", "<!--"];

    public static PackageTarget Docx { get; } = new(
        "docx", DocxParts(),
        [.. Tags, "<w:p>", "</w:p>", "<w:r>", "<w:t>", "</w:t>", "<w:tbl>", "<w:tr>", "<w:tc>", "<w:gridSpan w:val='99999'/>", "<w:vMerge/>", "<w:numId w:val='3'/>", "<w:ilvl w:val='-1'/>", "<w:pStyle w:val='Own'/>", "<w:basedOn w:val='Own'/>", "<w:outlineLvl w:val='2'/>", "<w:footnoteReference w:id='2'/>", "<w:br/>", "<w:tab/>", "<w:del>", "<w:txbxContent>", "w:val=", "<w:sym w:char='F0B7'/>"]);

    public static PackageTarget Epub { get; } = new(
        "epub", EpubParts(),
        [.. Tags, "<itemref idref='a'/>", "<item id='a' href='../../x'/>", "href='%zz'", "href='text/a.xhtml#x'", "full-path=''", "<h1>", "<p>", "<table>", "<ul><li>", "&nbsp;", "properties='nav'", "media-type='text/html'", "<dc:title>", "<dc:date>"]);

    public override byte[] Make(Random random)
    {
        if (random.Next(5) == 0)
        {
            return base.Make(random);
        }

        (string Name, byte[] Bytes)[] changed = [.. parts];
        int at = random.Next(5) == 0 ? random.Next(parts.Length) : parts.Length - 1 - random.Next(2);
        changed[at].Bytes = (random.Next(2) == 0 ? XmlChanges.Change(random, parts[at].Bytes) : null) ?? Change(random, parts[at].Bytes, parts[random.Next(parts.Length)].Bytes);
        if (random.Next(20) == 0)
        {
            changed[random.Next(changed.Length)].Name = parts[random.Next(parts.Length)].Name; // a part missing, another twice
        }

        return Zips.Of(changed);
    }

    private static (string, byte[])[] DocxParts()
    {
        const string Space = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'";
        return Parts(
            ("[Content_Types].xml", "<Types/>"),
            ("docProps/core.xml", "<c xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>T</dc:title><dc:publisher>P</dc:publisher></c>"),
            ("word/footnotes.xml", $"<w:footnotes {Space}><w:footnote w:id='2'><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>"),
            ("word/numbering.xml", $"<w:numbering {Space}><w:abstractNum w:abstractNumId='7'><w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='lowerRoman'/><w:lvlText w:val='%1.'/></w:lvl><w:lvl w:ilvl='1'><w:numFmt w:val='bullet'/></w:lvl></w:abstractNum><w:num w:numId='3'><w:abstractNumId w:val='7'/></w:num></w:numbering>"),
            ("word/styles.xml", $"<w:styles {Space}><w:style w:styleId='Ttl'><w:name w:val='Title'/></w:style><w:style w:styleId='H'><w:name w:val='heading 2'/></w:style><w:style w:styleId='Own'><w:name w:val='Our heading'/><w:basedOn w:val='H'/></w:style></w:styles>"),
            ("word/document.xml", $"<?xml version='1.0'?><w:document {Space}><w:body><w:p><w:pPr><w:pStyle w:val='Own'/></w:pPr><w:r><w:t>Drugs</w:t></w:r></w:p><w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='3'/></w:numPr></w:pPr><w:r><w:t xml:space='preserve'>one </w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p><w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc><w:p><w:r><w:t>Drug</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Dose</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr><w:p><w:r><w:t>X</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>"));
    }

    private static (string, byte[])[] EpubParts() => Parts(
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", "<?xml version='1.0'?><container><rootfiles><rootfile full-path='O/b.opf'/></rootfiles></container>"),
        ("O/b.xhtml", "<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><body><h1>Second</h1><ol><li>x</li></ol></body></html>"),
        ("O/b.opf", "<?xml version='1.0'?><package xmlns:dc='http://purl.org/dc/elements/1.1/'><metadata><dc:title>Book</dc:title><dc:date>2019-05-02</dc:date><dc:language>en-GB</dc:language></metadata><manifest><item id='b' href='b.xhtml' media-type='application/xhtml+xml'/><item id='a' href='a%20b.xhtml' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/><itemref idref='b'/></spine></package>"),
        ("O/a b.xhtml", "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>no</title></head><body><h1>First</h1><p>One.&nbsp;<b>One.</b></p><table><tr><th>A</th></tr><tr><td>1</td></tr></table></body></html>"));

    private static (string, byte[])[] Parts(params (string Name, string Text)[] parts) => [.. parts.Select(static part => (part.Name, Encoding.UTF8.GetBytes(part.Text)))];
}
