using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

public class MarkdownReaderTests
{
    [Fact]
    public void Front_matter_goes_to_provenance()
    {
        Document document = Sources.Text("x.md", "---\nkey: dm2\ntitle: \"Type 2: drugs\"\npublisher: Panel\npublished: 2024-02-12\nsupersedes: test:dm2-old\nlicence: Apache-2.0\ntags: [a, b]\nnested:\n  published: nonsense\nwithdrawn: false\n---\n\n# Heading\n\nText.\n");
        Assert.Equal(("test:dm2", "Type 2: drugs", "Panel", new DateOnly(2024, 2, 12), "test:dm2-old", "Apache-2.0"),
            (document.Key.ToString(), document.Title, document.Provenance.Publisher, document.Provenance.Published, document.Provenance.Supersedes?.ToString(), document.Provenance.Licence));
        Assert.Equal("markdown", document.Provenance.Format);
    }

    [Fact]
    public void Foreign_front_matter_is_understood()
    {
        Document document = Sources.Text("x.md", "---\ntitle: Notes\nauthor: J. Doe\ndate: 2023-03-30\npublished: true\n---\nText.\n");
        Assert.Equal(("J. Doe", new DateOnly(2023, 3, 30)), (document.Provenance.Publisher, document.Provenance.Published));
    }

    [Theory]
    [InlineData("---\npublished: 12/05/2020\n---\nText.", "yyyy-mm-dd")]
    [InlineData("---\nwithdrawn: perhaps\n---\nText.", "true or false")]
    [InlineData("---\nsupersedes: \"two words\"\n---\nText.", "no key")]
    [InlineData("---\na: [b\nc: }\n---\nText.", "YAML")]
    public void Wrong_front_matter_is_refused_with_what_was_expected(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<JmlrDataException>(() => Sources.All("x.md", text)).What, StringComparison.Ordinal);

    [Fact]
    public void Lists_tables_footnotes_and_kramdown_come_out_as_text()
    {
        Document document = Sources.Text("x.md", """
            # T

            Give **oxygen**{: data-type="term"} now[^1].

            1. one
               - inner
            2. two

            | Drug | Dose |
            |---|---|
            | A | 1 g |
            | B | 2 g |

            <div data-type="note" markdown="1">
            * point in a block
            </div>

            ??? note "Cardiology"
                Indented text.

            After.

            [^1]: The source.
            """);
        Assert.Equal(
            ["Give oxygen now [1].", "1. one", "  - inner", "2. two", "Drug | Dose\nA | 1 g", "B | 2 g", "- point in a block", "Indented text.", "After.", "1. The source."],
            document.Blocks().Select(b => document.Of(b)));
        Assert.Equal("Drug: B; Dose: 2 g", document.Blocks().Single(b => document.Of(b) == "B | 2 g").RowText);
        Assert.Contains(document.Sections, s => s.HeadingPath.Contains("Cardiology"));
    }
}
