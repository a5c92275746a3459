using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Tests.Readers;

public class HtmlReaderTests
{
    [Fact]
    public void Own_front_data_goes_to_key_and_provenance()
    {
        Document document = Sources.Text("x.html", """
            <!doctype html><html lang="en-GB"><head><title>Window title</title>
            <meta name="jmlr:key" content="asthma"><meta name="jmlr:source" content="samples"><meta name="jmlr:title" content="Asthma in adults">
            <meta name="jmlr:publisher" content="Panel"><meta name="jmlr:url" content="https://example.org/a"><meta name="jmlr:jurisdiction" content="UK">
            <meta name="jmlr:licence" content="CC0"><meta name="jmlr:published" content="2023-05-01"><meta name="jmlr:supersedes" content="asthma-old">
            <meta name="jmlr:grade_scheme" content="A to C"><meta name="jmlr:withdrawn" content="true"></head><body><h1>Asthma</h1><p>Text.</p></body></html>
            """);
        Assert.Equal("samples:asthma", document.Key.ToString());
        Assert.Equal("Asthma in adults", document.Title);
        Provenance p = document.Provenance;
        Assert.Equal(("samples", "Panel", "https://example.org/a", "UK", "CC0"), (p.Source, p.Publisher, p.Url, p.Jurisdiction, p.Licence));
        Assert.Equal((new DateOnly(2023, 5, 1), "samples:asthma-old", "A to C", true, "en-GB", "html"), (p.Published, p.Supersedes?.ToString(), p.EvidenceGrade, p.Withdrawn, p.Language, p.Format));
        Assert.Equal(new DateOnly(2023, 5, 1), document.Version.Published);
        Assert.Equal(12, document.Version.ContentHash.Length);
    }

    [Fact]
    public void Foreign_meta_elements_links_and_definition_lists_are_understood()
    {
        Document document = Sources.Text("a/b.html", """
            <html><head><title>Page</title><meta name="DCTERMS.modified" content="26 November 2021"><link rel="canonical" href="https://x.org/p?a=1&amp;b=2"></head>
            <body><h1>Sepsis</h1><dl><dt>Publisher:</dt><dd>The Society</dd><dt>Licence</dt><dd>CC BY 4.0</dd></dl><p>Body.</p></body></html>
            """);
        Assert.Equal("test:a/b", document.Key.ToString());
        Assert.Equal(("Sepsis", new DateOnly(2021, 11, 26), "https://x.org/p?a=1&b=2", "The Society", "CC BY 4.0"), (document.Title, document.Provenance.Published, document.Provenance.Url, document.Provenance.Publisher, document.Provenance.Licence));
    }

    [Fact]
    public void Boilerplate_scripts_and_hidden_parts_are_left_out()
    {
        Document document = Sources.Text("x.html", """
            <html><head><style>p{color:red}</style></head><body><nav>Home Products</nav><div class="site cookie-banner">We use cookies</div><header role="banner">Logo</header>
            <script>var bad = "<p>script words</p>";</script><h1>Title</h1><p>Real <a href="/x">link words</a> stay.</p><p hidden>hidden</p><p style="display: none">invisible</p>
            <aside>Aside words</aside><noscript>no script</noscript><!-- comment words --><p id="informed-consent">Consent of the patient is content.</p><footer>Imprint</footer></body></html>
            """);
        Assert.Equal("Title\n\nReal link words stay.\n\nConsent of the patient is content.", document.Text);
    }

    [Fact]
    public void Headings_make_paths_and_bold_paragraphs_are_headings()
    {
        Document document = Sources.Text("x.html", """
            <body><h1>T</h1><h2>A</h2><p>one</p><h3>B</h3><p><strong>Bold head</strong></p><p>two</p><p><b><u>Upper head</u></b></p><p>three</p><h2>C</h2><p>four <b>partly bold</b></p></body>
            """);
        Assert.Equal(["A", "A/B/Bold head", "A/B/Upper head", "C"], document.Sections.Select(s => string.Join('/', s.HeadingPath)));
        Sources.CheckStructure(document);
    }

    [Fact]
    public void A_heading_with_nothing_below_it_is_kept_as_a_lead_in()
    {
        Document document = Sources.Text("x.html", "<body><h1>T</h1><h2>Empty</h2><h2>Full</h2><p>text</p><h2>Last</h2></body>");
        Assert.Equal(["Empty", "text", "Last"], document.Blocks().Select(b => document.Of(b)));
        Assert.True(document.Blocks().First().LeadIn);
        Sources.CheckStructure(document);
    }

    [Fact]
    public void Nested_lists_are_indented_and_lead_in_their_items()
    {
        Document document = Sources.Text("x.html", "<body><p>Give one of:</p><ul><li>first<ul><li>inner <i>one</i></li><li>inner two</li></ul></li><li><p>second</p><p>more of it</p></li></ul></body>");
        Assert.Equal("Give one of:\n\n- first\n  - inner one\n  - inner two\n- second\n  more of it", document.Text);
        Assert.Equal([true, true, false, false, false, false], document.Blocks().Select(b => b.LeadIn));
    }

    [Fact]
    public void Rows_carry_headers_and_cells_that_span()
    {
        Document document = Sources.Text("x.html", """
            <body><h1>T</h1><table><caption>Doses</caption><thead><tr><th rowspan=2>Drug</th><th colspan=2>Dose</th></tr><tr><th>Adult</th><th>Child</th></tr></thead>
            <tr><td rowspan=2>Drug A</td><td>1 g</td><td>10 mg/kg</td></tr><tr><td colspan=2>not in pregnancy</td></tr><tr><td>Drug B</td><td>2 g</td><td></td></tr></table></body>
            """);
        Assert.Equal(
            ["Drug: Drug A; Dose / Adult: 1 g; Dose / Child: 10 mg/kg", "Drug: Drug A; Dose / Adult: not in pregnancy", "Drug: Drug B; Dose / Adult: 2 g"],
            document.Blocks().Where(b => b.Form == BlockForm.TableRow).Select(b => b.RowText));
        Assert.All(document.Blocks().Where(b => b.Form == BlockForm.TableRow), b => Assert.Equal("Doses", b.TableHeader));
        Assert.Equal("T\n\nDoses\n\nDrug | Dose\nAdult | Child\nDrug A | 1 g | 10 mg/kg\nnot in pregnancy\nDrug B | 2 g", document.Text);
    }

    [Fact]
    public void Grades_mark_recommendations()
    {
        Document document = Sources.Text("x.html", "<body><h1>T</h1><h2>Treatment</h2><ul><li>Give aspirin (Grade A).</li><li>Walk daily [Strong recommendation].</li></ul><p>Rest in bed.</p><p>Grade: C</p><p>Background.</p></body>");
        Assert.Equal(["A", "Strong", "C", null], document.Blocks().Select(b => b.Grade));
        Assert.Equal([ContentKind.Recommendation, ContentKind.Recommendation, ContentKind.Recommendation, ContentKind.Narrative], document.Blocks().Select(b => b.Kind));
        Assert.Equal("Rest in bed.\n\nGrade: C", document.Of(document.Blocks().ElementAt(2)));
    }

    [Fact]
    public void Sections_point_into_the_source()
    {
        string html = "<body><h1>T</h1><h2>First</h2><p>alpha</p><h2>Second</h2><p>beta</p></body>";
        Document document = Sources.Text("x.html", html);
        CharSpan second = document.Sections[^1].SourceSpan!.Value;
        Assert.Contains("beta", html[second.Start..], StringComparison.Ordinal);
        Assert.DoesNotContain("alpha", html[second.Start..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<tr><td>a</td>stray<td>b</td></tr><tr><td>c</td><td>d</td></tr>", "a stray | b\nc | d")]
    [InlineData("<tr>stray<td>a</td><td>b</td></tr><tr><td>c</td><td>d</td><p>more</p></tr>", "stray a | b\nc | d more")]
    [InlineData("<thead><tr><th>A</th><th>B</th></tr></thead>stray<tr><td>c</td><td>d</td></tr>", "A | B\n\nstray\n\nc | d")]
    [InlineData("<tr><td>a</td><td>b</td></tr><div>stray</div><tr><td>c</td><td>d</td></tr>", "a | b\n\nstray\n\nc | d")]
    [InlineData("<tr>stray</tr><tr><td>c</td><td>d</td></tr>", "stray\n\nc | d")]
    [InlineData("<tr><td>a</td>stray</tr><tr><td><p>b</p></td></tr>", "a\n\nstray\n\nb")]
    public void Text_between_cells_stays_where_it_stands(string rows, string expected)
    {
        Document document = Sources.Text("x.html", $"<body><table>{rows}</table></body>");
        Assert.Equal(expected, document.Text);
        Sources.CheckStructure(document);
    }
}
