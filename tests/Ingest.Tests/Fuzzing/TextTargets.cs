using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>The readers of text.</summary>
static class TextTargets
{
    private static readonly string[] Tags =
    [
        "<p>", "</p>", "<b>", "</b>", "<table>", "</table>", "<tr>", "<td rowspan=\"3\">", "<td colspan=99999>", "<th>", "</td>", "<ul>", "<li>", "</ul>", "<ol start=5>", "<h1>", "</h1>", "<h3>", "<dl><dt>", "<dd>",
        "<script>", "</script>", "<style>", "<!--", "-->", "<![CDATA[", "]]>", "<br>", "<pre>", "</pre>", "<a href=\"", "\">", "<caption>", "<thead>", "<tbody>", "&nbsp;", "&#xD800;", "&#0;", "&#x1F600;", "&amp;", "&lt;", "&bogus;", "<sup>", "<svg>", "<math>",
        "<title>", "</title>", "<meta name=\"jmlr:published\" content=\"", "<meta charset=\"utf-16\">", "<body>", "</html>", "<nav>", "<div hidden>", "<img alt=\"x\">", "<q>", "<select><option>", "<?php", "<", ">", "/>", "=",
    ];

    public static FuzzTarget Html { get; } = new ReaderTarget(
        "html", "html", "page.html",
        Texts(
            """<html lang="en"><head><title>T</title><meta name="jmlr:key" content="k"><meta name="dc.date" content="2020-01-02"><link rel="license" href="x"></head><body><nav>no</nav><h1>Asthma</h1><p><b>Lead in</b></p><p>Give oxygen. Grade: A</p><table><caption>C</caption><tr><th>Drug</th><th>Dose</th></tr><tr><td rowspan=2>X</td><td>1</td></tr><tr><td>2</td></tr></table><ul><li>a<ul><li>b</li></ul></li></ul></body></html>""",
            """<!doctype html><body><main><h2>One</h2><dl><dt>Publisher</dt><dd>P</dd><dt>Updated</dt><dd>3 May 2021</dd></dl><pre>a  b\n c</pre><p>text &amp; <a href="u">link</a><sup>2</sup></p><ol><li>x</li><li>y:</li></ol><h4>Deep</h4></main><script>var a = "<p>";</script>"""),
        Tags);

    public static FuzzTarget GuidelinePage { get; } = new ReaderTarget(
        "ngc", "html", "ngc.html",
        Texts(
            """<html><head><meta name="ngc-id" content="NGC-1"><title>Gout</title></head><body><h1>Gout</h1><h2>Guideline Developer(s)</h2><p>College of Tests</p><h2>Date Released</h2><p>2012 Mar (revised 2014 May)</p><h2>Major Recommendations</h2><p><strong>First line</strong></p><p>Give colchicine. (Grade A)</p><p><b>Doses</b></p><table><tr><th>Level</th><th>Meaning</th></tr><tr><td>I</td><td>Trials</td></tr></table><h3>Rating Scheme for the Strength of the Recommendations</h3><p>A: good</p></body></html>""",
            """<html><head><meta name="ngc-id" content="2"></head><body><h2>Major Recommendations</h2><p><b>Note</b>: the levels are below.</p><ol><li>Do. [1B]</li><li><p>Do not. <em>Strong recommendation</em></p></li></ol><h2>Copyright Statement</h2><p>(c)</p></body></html>"""),
        [.. Tags, "<h2>Major Recommendations</h2>", "<strong>", "Level of Evidence: IIa", "(Strength of Recommendation: B)", "<h2>Date Released</h2>"]);

    public static FuzzTarget Markdown { get; } = new ReaderTarget(
        "markdown", "markdown", "page.md",
        Texts(
            "---\ntitle: Fever\npublished: 2020-01-02\ntags: [a, b]\n---\n# Fever\n\n- a\n  - b[^1]\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | *2* |\n\n[^1]: note\n\n??? note \"x\"\n    y\n{: a=\"b\"}\n",
            "Title\n=====\n\n> quote **bold** `code`\n> - item\n\n```\nx  y\n```\n\n<div><p>html</p></div>\n\n[link](u \"t\") ![i](p) <http://a.b>\n\nTerm\n:   Definition\n\n* * *\n## Grade: B\n{% include x %}\nDose:\n\n    code\n"),
        "# ", "## ", "- ", "* ", "1. ", "> ", "```", "~~~", "    ", "| ", "|---|", "[^1]", "[^1]: ", "**", "_", "`", "$$", "[", "](", ")", "![", "<b>", "</b>", "<!--", "---\n", "key: ", "&a ", "*a", "!!str", "{{", "{%", "%}", "{:", ":::", "??? ", "!!! note", "<table><tr><td>", "\\", "==", "~", "^", ":   ", "***", "\n\n", "\n");

    public static FuzzTarget Xml { get; } = new XmlTarget(
        Texts(
            """<?xml version="1.0"?><article><front><article-meta><title-group><article-title>Gout</article-title></title-group><pub-date><year>2019</year><month>13</month></pub-date><abstract><p>Short <bold>and</bold>.</p></abstract></article-meta></front><body><sec><label>1</label><title>Care</title><p>Give it.<xref>2</xref></p><list><list-item><p>a</p></list-item></list><table-wrap><caption><p>C</p></caption><table><tr><th>A</th></tr><tr><td rowspan="2">1</td></tr></table></table-wrap></sec></body></article>""",
            """<?xml version="1.0"?><Document id="1" source="CDC" url="http://x.org/a"><Focus>F</Focus><FocusAnnotations><Synonyms><Synonym>S</Synonym></Synonyms></FocusAnnotations><QAPairs><QAPair pid="1"><Question qid="1-1">What is it ?</Question><Answer>A thing: - one - two</Answer></QAPair></QAPairs></Document>""",
            """<article xmlns="http://docbook.org/ns/docbook"><info><title>S</title><pubdate>2020-01-02</pubdate></info><section><title>D</title><para>Start <emphasis>early</emphasis>.</para><informaltable><tgroup cols="2"><colspec colname="a"/><colspec colname="b"/><thead><row><entry>X</entry><entry>Y</entry></row></thead><tbody><row><entry namest="a" nameend="b" morerows="1">10</entry></row></tbody></tgroup></informaltable></section></article>"""),
        "<!DOCTYPE a [", "<!ENTITY x \"y\">", "]>", "&x;", "&lt;", "&#xD800;", "&#1;", "<![CDATA[", "]]>", "<?pi x?>", "<!--", "-->", "<a>", "</a>", "<sec>", "</sec>", "<title>", "<p>", "</p>", "<row>", "<entry namest=\"z\" nameend=\"a\">", "morerows=\"99999\"", "rowspan=\"99999\"", "xmlns=\"u\"", "xmlns:a=\"\"", "a:b", "<QAPair>", "<Answer>", "</Answer>", "encoding=\"utf-16\"", "<table>", "<list>", "standalone=\"yes\"", "/>", "<math>");

    public static FuzzTarget Json { get; } = new ReaderTarget(
        "json", "json", "a.json",
        Texts(
            """{"medqa":{"0001":{"question":"Which?","options":{"A":"x","B":"y"},"answer":"A"}}}""",
            """{"generalRecommendations":{"7":{"title":"T &amp; U","uspstfAlias":"t","pubDate":"2019-01-02","rationale":"<p>Why<h2>x</h2></p>","clinical":"<ul><li>a</li></ul>"}},"specificRecommendations":[{"id":1,"title":"R","grade":"A","gradeVer":5,"general":"7","text":"<p>Do.</p>","gender":"men","ageRange":[1,2]}],"grades":{"A":["a","b"]},"gradeVer":{}}""",
            """[{"id":"1","title":"T","text":"# H\nsome text"},{"question":"q","options":["x","y"],"answer_idx":1,"cop":2,"opa":"a"}]""",
            """{"1":{"QUESTION":"Is it?","CONTEXTS":["a","b"],"LABELS":["c"],"LONG_ANSWER":"yes","final_decision":"yes"}}"""),
        JsonWords);

    public static FuzzTarget JsonLines { get; } = new ReaderTarget(
        "jsonl", "json", "a.jsonl",
        Texts(
            "{\"id\":\"1\",\"question\":\"q?\",\"options\":{\"A\":\"x\",\"B\":\"y\"},\"answer\":\"A\",\"reasoning\":\"r\\n\\nr2\"}\n{\"input\":\"Question: a\\nA. x\",\"output\":\"so\",\"doc\":\"d\"}\n",
            "{\"id\":3,\"title\":\"T\",\"clean_text\":\"# H\\n\\n- a\\n\\ntext (Grade B)\",\"url\":\"u\",\"source\":\"who\",\"date\":\"2020\"}\n{\"_id\":\"x\",\"title\":\"\",\"text\":\"body\",\"metadata\":{}}\n",
            "{\"dataset\":\"medqa\",\"id\":\"7\",\"llm\":\"m\",\"mode\":\"cot\",\"reasoning\":\"Because.\"}\n{\"instances\":{\"input\":\"i\",\"output\":\"o\"},\"topic\":\"t\",\"id\":\"seed_task_1\"}\n"),
        JsonWords);

    public static FuzzTarget Table { get; } = new ReaderTarget(
        "csv", "csv", "a.csv",
        Texts("id,title,text\n1,T,\"some, \"\"text\"\"\nmore\"\n2,U,other\n", "0\tfirst passage\tT\n1\tsecond passage\tU\n", "Drug;Dose;Note\nX;1 mg;\nY;2 mg;\"n;m\"\n", "Which?,a,b,c,d,A\nWhy?,e,f,g,h,D\n", "question\toptions\tanswer\nq\tx\tx\n"),
        ",", ";", "\t", "\"", "\"\"", "\n", "\r", "\r\n", "id", "text", "question", "answer", "pid", "0", "A", ",,,,,,", "\n\n", "query-id\tcorpus-id\tscore\n", "{", "#");

    public static FuzzTarget Source { get; } = new SourceTarget();

    private static string[] JsonWords =>
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "1e400", "\"\"", "\\u0000", "\\ud800", "\\ud83d\\ude00", "\\n", "\\\\", "{}", "[]", "[null]", "\"question\":", "\"options\":", "\"answer\":", "\"reasoning\":", "\"text\":", "\"title\":", "\"id\":", "\"input\":", "\"output\":",
        "\"generalRecommendations\":{}", "\"specificRecommendations\":[]", "\"date\":\"", "\"instances\":", "\"opa\":\"", "\"A\"", "\"grade\":", "\"dataset\":", "//", "/*", "# ", "\n", "\"CONTEXTS\":", "\"general\":\"7\"",
    ];

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>XML: half of the changes leave it well-formed.</summary>
    private sealed class XmlTarget(IReadOnlyList<byte[]> seeds, params string[] words) : ReaderTarget("xml", "xml", "a.xml", seeds, words)
    {
        public override byte[] Make(Random random) => (random.Next(2) == 0 ? XmlChanges.Change(random, Seed(random)) : null) ?? base.Make(random);
    }

    /// <summary>The provenance of a folder.</summary>
    private sealed class SourceTarget() : FuzzTarget(
        "source.json",
        Texts("""{"source": "ward", "publisher": "P", "licence": "CC", "jurisdiction": "UK", "language": "en", "url": "u", "grade_scheme": "G", "published": "2021-03-01", "withdrawn": false, /* c */ "x": [1, {"a": null}],}"""),
        [.. JsonWords, "\"published\":", "\"source\":", "\"withdrawn\":", "\"2021-02-30\"", "\"license\":"])
    {
        public override int Run(byte[] input)
        {
            Provenance given = SourceDefaults.Read(input, "source.json").Over(new Provenance { Source = "folder" });
            Assert.NotNull(given.Source);
            Assert.NotNull(given.Language);
            // What a document gets from it must be fit to be stored.
            DocumentChecks.Check(Readers.Sources.Text("x.txt", "Some words.") with { Provenance = given });
            return 1;
        }
    }
}
