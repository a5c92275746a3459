using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Readers.Xml;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

public class XmlReaderTests
{
    private const string Jats = """
        <?xml version="1.0" encoding="UTF-8"?>
        <article xml:lang="en"><front><journal-meta><journal-title>Journal of Tests</journal-title></journal-meta>
        <article-meta><article-id pub-id-type="doi">10.1/x</article-id><title-group><article-title>Care of <italic>gout</italic></article-title></title-group>
        <contrib-group><contrib><name><surname>Doe</surname></name></contrib></contrib-group>
        <pub-date pub-type="ppub"><year>2019</year></pub-date><pub-date pub-type="epub"><day>7</day><month>3</month><year>2021</year></pub-date>
        <abstract><p>Short <bold>and</bold> clear.</p></abstract></article-meta></front>
        <body><sec><label>1</label><title>Treatment</title><p>Give colchicine.<xref>2</xref></p>
        <list list-type="bullet"><list-item><p>low dose</p></list-item><list-item><p>early</p></list-item></list>
        <sec><title>Doses</title><table-wrap><label>Table 1</label><caption><p>Doses by kidney function</p></caption>
        <table><thead><tr><th>eGFR</th><th>Dose</th></tr></thead><tbody><tr><td rowspan="2">below 30</td><td>0.5 mg</td></tr><tr><td>once</td></tr></tbody></table></table-wrap></sec></sec></body>
        <back><ref-list><ref><element-citation><surname>Smith</surname><year>2001</year></element-citation></ref></ref-list></back></article>
        """;

    [Fact]
    public void An_article_gives_title_date_sections_lists_and_table_rows()
    {
        Document document = Sources.Text("a.xml", Jats);
        Sources.CheckStructure(document);
        Assert.Equal(("Care of gout", "Journal of Tests", "https://doi.org/10.1/x", new DateOnly(2021, 3, 7)), (document.Title, document.Provenance.Publisher, document.Provenance.Url, document.Provenance.Published));
        Assert.Equal(["Abstract", "1 Treatment", "1 Treatment/Doses", "References"], document.Sections.Select(s => string.Join('/', s.HeadingPath)));
        Assert.Equal(["Give colchicine.2", "- low dose", "- early"], document.Sections[1].Blocks.Select(document.Of));
        Assert.Equal("eGFR: below 30; Dose: 0.5 mg", document.Sections[2].Blocks[1].RowText);
        Assert.Equal("eGFR: below 30; Dose: once", document.Sections[2].Blocks[2].RowText);
        Assert.Contains("Smith 2001", document.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Doe", document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void DocBook_with_CALS_tables_and_DITA_and_unknown_names_are_read()
    {
        Document book = Sources.Text("b.xml", """
            <?xml version="1.0"?><article xmlns="http://docbook.org/ns/docbook"><info><title>Sepsis</title><pubdate>2020-01-02</pubdate></info><section><title>Drugs</title><para>Start <emphasis>early</emphasis>.</para>
            <informaltable><tgroup cols="3"><colspec colname="a"/><colspec colname="b"/><colspec colname="c"/><thead><row><entry>Drug</entry><entry>Adult</entry><entry>Child</entry></row></thead>
            <tbody><row><entry>X</entry><entry namest="b" nameend="c">10 mg</entry></row></tbody></tgroup></informaltable></section></article>
            """);
        Assert.Equal(("Sepsis", new DateOnly(2020, 1, 2)), (book.Title, book.Provenance.Published));
        Assert.Contains(book.Blocks(), b => b.RowText == "Drug: X; Adult; Child: 10 mg" || b.RowText == "Drug: X; Adult: 10 mg; Child");
        Document topic = Sources.Text("t.dita", "<concept><title>Fever</title><shortdesc>A rise.</shortdesc><conbody><ul><li>one</li><li>two</li></ul></conbody></concept>");
        Assert.Equal(("Fever", 3), (topic.Title, topic.Blocks().Count()));
        Document own = Sources.Text("o.xml", "<?xml version='1.0'?><leitlinie><kopf>Zum <k>Test</k>.</kopf><inhalt><satz>Eins.</satz><satz>Zwei.</satz></inhalt></leitlinie>");
        Assert.Equal(["Zum Test.", "Eins.", "Zwei."], own.Blocks().Select(own.Of));
    }

    [Theory]
    [InlineData("Document", "id")]
    [InlineData("DiseaseFile", "fid")]
    public void Questions_are_headings_and_empty_answers_are_named(string root, string id)
    {
        List<JmlrDataException> rejected = [];
        SourceFile file = Sources.File("c/1.xml", Encoding.UTF8.GetBytes($"""
            <?xml version="1.0"?><{root} {id}="1" source="CDC" url="http://x.org/a"><Focus></Focus><QAPairs>
            <QAPair pid="1"><Question qid="1-1">What is it ?</Question><Answer>A thing:    - one    - two
            More.</Answer></QAPair><QAPair pid="2"><Question qid="1-2">Why?</Question><Answer> </Answer></QAPair></QAPairs></{root}>
            """)) with
        { Reject = rejected.Add };
        Document document = Assert.Single(ReaderRegistry.Default.For(file).Read(file));
        Assert.Equal(("What is it?", "CDC", "http://x.org/a"), (document.Title, document.Provenance.Publisher, document.Provenance.Url));
        Assert.Equal(["A thing:", "- one", "- two", "More."], document.Blocks().Select(document.Of));
        Assert.Contains("1-2 has no answer", Assert.Single(rejected).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'><!ENTITY z '&x;&x;'>]><a>&z;</a>", "DTD")]
    [InlineData("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>x</a>", "DTD")]
    [InlineData("<?xml version='1.0'?><a>&nbsp;</a>", "line 1")]
    [InlineData("<?xml version='1.0'?><a>\n<b></a>", "line 2")]
    [InlineData("<?xml version='1.0'?><a></a>", "no text")]
    public void Types_entities_and_broken_files_are_refused(string xml, string why) =>
        Assert.Contains(why, Assert.Throws<JmlrDataException>(() => Sources.All("x.xml", xml)).What, StringComparison.Ordinal);

    [Fact]
    public void Depth_is_bounded() =>
        Assert.Contains("nested", Assert.Throws<JmlrDataException>(() => Sources.All("x.xml", "<?xml version='1.0'?>" + string.Concat(Enumerable.Repeat("<a>", 100_000)))).What, StringComparison.Ordinal);

    [Fact]
    public void Encodings_are_those_of_the_bytes()
    {
        const string Text = "<?xml version=\"1.0\" encoding=\"{0}\"?><a><p>Fiévre ≥ 38</p></a>";
        foreach ((Encoding encoding, string expected) in new (Encoding, string)[] { (Encoding.UTF8, "Fiévre ≥ 38"), (Encoding.Unicode, "Fiévre ≥ 38"), (Encoding.BigEndianUnicode, "Fiévre ≥ 38"), (Encoding.Latin1, "Fiévre ? 38") })
        {
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(Text.Replace("{0}", encoding.WebName, StringComparison.Ordinal))];
            Assert.Equal(expected, Assert.Single(Sources.All("e.xml", bytes)).Text);
        }
    }

    [Fact]
    public void Xhtml_is_a_page() => Assert.Equal("html", Sources.Text("x", "<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'><body><p>x</p></body></html>").Provenance.Format);

    [Fact]
    public void MedQuAD_has_5486_documents_and_16407_answered_questions()
    {
        string folder = SharedData.Require("guidelines/medquad_xml");
        int documents = 0, pairs = 0, unanswered = 0;
        HashSet<string> keys = [];
        foreach (string path in Directory.GetFiles(folder, "*.xml", SearchOption.AllDirectories))
        {
            SourceFile file = Sources.File(Path.GetRelativePath(folder, path), File.ReadAllBytes(path)) with { Reject = _ => unanswered++ };
            Assert.IsType<XmlDocumentReader>(ReaderRegistry.Default.For(file));
            Document document = Assert.Single(new XmlDocumentReader().Read(file));
            documents++;
            pairs += document.Sections.Count(section => section.HeadingPath.Count > 0);
            keys.Add(document.Key.ToString());
            Assert.StartsWith("http", document.Provenance.Url, StringComparison.Ordinal);
            Assert.NotEmpty(document.Title);
        }

        Assert.Equal((5486, 5486, 16407, 4), (documents, keys.Count, pairs, unanswered));
    }
}
