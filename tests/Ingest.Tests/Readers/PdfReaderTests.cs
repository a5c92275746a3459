using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

public class PdfReaderTests
{
    private static Document Read(PdfPages pages) => Assert.Single(Sources.All("x", pages.Build()));

    [Fact]
    public void Headings_paragraphs_lists_and_pages_come_out()
    {
        Document document = Read(new PdfPages().Page().Text(60, 700, "Fever in children", 22, bold: true)
            .Text(60, 650, "Treatment", 14, bold: true)
            .Lines(60, 630, 12, "Give paracetamol at the dose for the weight of the child, and give it again", "after six hours if the child is still in distress.")
            .Lines(70, 590, 12, "• Do not give aspirin to children.", "• Do not use tepid sponging.")
            .Page().Lines(60, 700, 12, "Come back on the next day if the fever lasts for more than five days or there is", "any sign of danger."));
        Sources.CheckStructure(document);
        Assert.Equal("Fever in children", document.Title);
        Assert.Equal([1, 2], document.Sections.Select(s => s.Page ?? 0).Distinct());
        Assert.All(document.Sections, section => Assert.Equal("Treatment", section.HeadingPath[^1]));
        Assert.Contains("and give it again after six hours", document.Text, StringComparison.Ordinal);
        Assert.Equal(2, document.Blocks().Count(b => b.Form == BlockForm.ListItem));
    }

    [Fact]
    public void Two_columns_are_read_one_after_the_other_below_a_title_over_both()
    {
        string[] Column(string name) => [.. Enumerable.Range(1, 12).Select(i => $"{name} line {i} has some words to fill it up")];
        Document document = Read(new PdfPages().Page().Text(60, 780, "A title that goes over the whole width of the page and both columns", 14)
            .Lines(60, 740, 12, Column("left")).Lines(320, 740, 12, Column("right")));
        Assert.True(document.Text.IndexOf("left line 12", StringComparison.Ordinal) < document.Text.IndexOf("right line 1 ", StringComparison.Ordinal), document.Text);
        Assert.StartsWith("A title", document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Running_lines_page_numbers_and_line_numbers_go_and_cut_words_are_joined()
    {
        PdfPages pages = new();
        for (int page = 1; page <= 4; page++)
        {
            pages.Page().Text(60, 810, "Guideline on something 2020").Text(290, 20, $"Page {page} of 4");
            for (int line = 0; line < 12; line++)
            {
                string text = line == 4 ? "this line ends with a word that is hyphen-" : line == 5 ? "ated, and page " + page + " of the guideline goes on" : $"this is the text of line {(char)('a' + line)}{page} and it goes on to the margin";
                pages.Text(30, 700 - (24 * line), $"{((page - 1) * 12) + line + 1}").Text(70, 700 - (24 * line), text);
            }
        }

        Document document = Read(pages);
        Assert.DoesNotContain("Guideline on", document.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("of 4", document.Text, StringComparison.Ordinal);
        Assert.Contains("hyphenated, and page 3 of", document.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\b(?:13|26|48)\b", document.Text);
        Assert.Equal([1, 2, 3, 4], document.Sections.Select(s => s.Page ?? 0));
    }

    [Fact]
    public void A_sentence_over_a_page_end_stays_whole_on_its_first_page()
    {
        Document document = Read(new PdfPages().Page().Lines(60, 100, 12, "The first line of the paragraph at the end of the page is here", "and its second line breaks off in the middle of the sentence that", "goes on to the")
            .Page().Lines(60, 780, 12, "next page and ends there. A new sentence follows on the second page", "and it is the last."));
        Assert.EndsWith("goes on to the next page and ends there.", document.Of(document.Sections[0].Blocks[^1]), StringComparison.Ordinal);
        Assert.Equal(("A new sentence follows on the second page and it is the last.", 2), (document.Of(document.Sections[1].Blocks[0]), document.Sections[1].Page));
    }

    [Fact]
    public void Tables_are_read_row_by_row()
    {
        Document document = Read(new PdfPages().Page().Text(60, 740, "Doses by weight are given here for all of the drugs that are named.")
            .Lines(60, 700, 20, "Drug", "Amoxicillin", "Gentamicin").Lines(200, 700, 20, "Dose", "40 mg/kg", "7.5 mg/kg").Lines(340, 700, 20, "Interval", "12 hours", "24 hours")
            .Text(60, 600, "Weigh every child before the first dose is given, and write the weight down."));
        Assert.Equal(["Drug | Dose | Interval", "Amoxicillin | 40 mg/kg | 12 hours", "Gentamicin | 7.5 mg/kg | 24 hours"], document.Blocks().Where(b => b.Form == BlockForm.TableRow).Select(document.Of));
    }

    [Fact]
    public void Files_without_text_and_encrypted_files_are_refused_with_the_reason()
    {
        Assert.Contains("OCR", Assert.Throws<JmlrDataException>(() => Sources.All("x", new PdfPages().Page().Build())).What, StringComparison.Ordinal);
        Assert.Contains("password", Assert.Throws<JmlrDataException>(() => Sources.All("x", Encrypted())).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_end_in_an_error_of_ours()
    {
        byte[] whole = new PdfPages().Page().Lines(60, 700, 12, "Some text in a file that will be damaged.", "More text.").Build();
        Random random = new(5);
        for (int i = 0; i < 150; i++)
        {
            byte[] bytes = i % 3 == 0 ? whole[..random.Next(8, whole.Length)] : [.. whole];
            for (int change = random.Next(1, 8); change > 0; change--)
            {
                bytes[random.Next(8, bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                Sources.All("x", bytes).ForEach(Sources.CheckStructure);
            }
            catch (JmlrDataException error)
            {
                Assert.DoesNotContain('\n', error.Message);
            }
        }
    }

    // Phrases of six words, by hash because the text is not ours to copy: found on these pages with another reader and looked at by eye.
    [Theory]
    [InlineData("cdc-opioid-2022-draft.pdf", 211, "2:59b4195f312d 7:0c9195283cb7 21:4f8e70474d5f 40:d64dbb646832 66:c805fd6ff759 75:90eb9cf34ab0 98:587e223e3e61 120:74138c54e64f 146:0fbc8ab117b8 199:ebd656ae0375 211:7ffcc7806efb")]
    [InlineData("doc_002.pdf", 91, "5:81edd175b541 9:9ac0f5a3e1d6 14:77ddccb37fe7 21:4e0004339ed5 30:aaa1f4f9113a 37:4822f54aefe1 44:9621436ace5f 52:3a2a23e4935c 60:09e463a21c36 73:f6a0e67e6e4e")]
    [InlineData("doc_003.pdf", 20, "4:92a6a29083ed 7:4fdd50262b9d 8:93a8e24d020f 9:2588fb1f70f6 13:fe9d36eb5418 14:52095016be26 15:ea61e5ebad36 16:a9a53f1baef2 18:42a928070e8f 19:908b4cfa6d55")]
    [InlineData("doc_004.pdf", 44, "4:ab6c7d44d2e0 5:8c19d900791c 7:5b2d952f7388 9:02c009b7ef61 10:fa52dcf12637 12:e55bd4091fc0 14:3f50f69c0ea8 27:6256b4dd1386 33:a39cf2ade80e 39:68cd723fe95f")]
    public void Phrases_of_real_files_are_on_their_pages(string file, int pages, string phrases)
    {
        Document document = Sources.Read(SharedData.Require($"guidelines/pdf/{file}"));
        Sources.CheckStructure(document);
        Assert.InRange(document.Sections.Max(s => s.Page ?? 0), pages - 2, pages);
        HashSet<string> found = [.. document.Sections.SelectMany(section => PhraseHashes.Of(document.Text[section.Span.Start..section.Span.End]).Select(hash => $"{section.Page}:{hash}"))];
        Assert.Equal("", string.Join(" ", phrases.Split(' ').Except(found)));
    }

    [Fact]
    public void Line_numbers_and_running_lines_of_real_files_are_gone()
    {
        Document draft = Sources.Read(SharedData.Require("guidelines/pdf/cdc-opioid-2022-draft.pdf"));
        Assert.Contains("Prescribing Opioids", draft.Title, StringComparison.Ordinal);
        // 5,866 numbers are printed beside the lines; none of these high ones is anything else.
        Assert.DoesNotMatch(@"\b(?:2881|3333|4444)\b", draft.Text);
        Document components = Sources.Read(SharedData.Require("guidelines/pdf/doc_002.pdf"));
        Assert.DoesNotContain("EXECUTIVE SUMMARY", components.Text, StringComparison.Ordinal);
    }

    private static byte[] Encrypted()
    {
        string zeros = new('0', 64);
        string[] objects =
        [
            "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>",
            $"<</Filter/Standard/V 1/R 2/O<{zeros}>/U<{zeros}>/P -44>>",
        ];
        return PdfFiles.Of(objects, "/Encrypt 4 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]");
    }
}
