using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

public class EpubReaderTests
{
    private const string Container = "<?xml version='1.0'?><container><rootfiles><rootfile full-path='OEBPS/b.opf'/></rootfiles></container>";

    private const string Book = """
        <?xml version="1.0"?><package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Handbook</dc:title><dc:publisher>Press</dc:publisher><dc:date>2019-05-02</dc:date><dc:language>en-GB</dc:language></metadata>
        <manifest><item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/><item id="b" href="text/b%20two.xhtml" media-type="application/xhtml+xml"/><item id="a" href="text/a.xhtml" media-type="application/xhtml+xml"/>
        <item id="p" href="p.png" media-type="image/png"/></manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="p"/><itemref idref="b"/></spine></package>
        """;

    private static string Page(string title, string text) => $"<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><head><title>no</title></head><body><h1>{title}</h1><p>{text}</p></body></html>";

    [Fact]
    public void Pages_come_in_the_order_of_the_spine()
    {
        Document document = Assert.Single(Sources.All("x", Zips.Of(("mimetype", "application/epub+zip"), ("META-INF/container.xml", Container), ("OEBPS/b.opf", Book),
            ("OEBPS/text/b two.xhtml", Page("Second", "Two.")), ("OEBPS/text/a.xhtml", Page("First", "One.&nbsp;One.")), ("OEBPS/nav.xhtml", Page("Contents", "First, Second")))));
        Sources.CheckStructure(document);
        Assert.Equal(("Handbook", "Press", "en-GB", new DateOnly(2019, 5, 2)), (document.Title, document.Provenance.Publisher, document.Provenance.Language, document.Provenance.Published));
        Assert.Equal(["First", "Second"], document.Sections.Select(s => s.HeadingPath[0]));
        Assert.Equal(["One. One.", "Two."], document.Blocks().Select(document.Of));
    }

    [Fact]
    public void Encrypted_and_incomplete_books_are_refused()
    {
        const string Encryption = "<e><EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#aes256-cbc'/></e>";
        Assert.Contains("encrypted", Assert.Throws<JmlrDataException>(() => Sources.All("x", Zips.Of(("META-INF/container.xml", Container), ("META-INF/encryption.xml", Encryption), ("OEBPS/b.opf", Book)))).What, StringComparison.Ordinal);
        Assert.Contains("missing", Assert.Throws<JmlrDataException>(() => Sources.All("x", Zips.Of(("META-INF/container.xml", Container), ("OEBPS/b.opf", Book)))).What, StringComparison.Ordinal);
        Assert.Contains("missing", Assert.Throws<JmlrDataException>(() => Sources.All("x", Zips.Of(("META-INF/container.xml", Container)))).What, StringComparison.Ordinal);
        Assert.Contains("3000 characters", Assert.Throws<JmlrDataException>(() => Sources.All("x", Zips.Of(("META-INF/container.xml", Container.Replace("OEBPS/b.opf", new string('x', 3000), StringComparison.Ordinal))))).Message, StringComparison.Ordinal);
    }
}
