using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Models.Errors;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Exceptions;

namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>
/// PDF: text in reading order with page numbers; two columns, tables row by row, running headers, footers and printed line numbers left out, cut words joined.
/// Files that need a password and files of images without text are refused.
/// </summary>
public sealed class PdfReader : IDocumentReader
{
    private const int MaxPages = 10_000;
    private const int MaxCarried = 500;

    /// <inheritdoc/>
    public string Format => "pdf";

    /// <inheritdoc/>
    public double Recognise(SourceFile file) => file.Content.Span[..Math.Min(file.Content.Length, 1024)].IndexOf("%PDF-"u8) is >= 0 and < 1000 ? 1 : 0;

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        List<PdfPage> pages = Pages(file);
        if (pages.TrueForAll(static page => page.Words.Count == 0 && page.Turned.Length == 0))
        {
            Throw.Data($"a PDF of {pages.Count} pages without text (scanned images?): run text recognition (OCR) first", file.Path);
        }

        LineNumbers.Remove(pages);
        RunningLines.Remove(pages);
        Hyphens hyphens = new(pages.SelectMany(static page => PdfLine.Group(page.Words)));
        List<PdfParagraph> paragraphs = [.. pages.SelectMany(page => Paragraphs.Of(page, hyphens))];
        JoinPages(paragraphs, hyphens);
        yield return Build(file, paragraphs);
    }

    private static List<PdfPage> Pages(SourceFile file)
    {
        try
        {
            using PdfDocument pdf = PdfDocument.Open(file.Content.ToArray(), new ParsingOptions { UseLenientParsing = true, SkipMissingFonts = true });
            if (pdf.NumberOfPages > MaxPages)
            {
                Throw.Data($"a PDF of {pdf.NumberOfPages} pages, at most {MaxPages} are read: split it", file.Path);
            }

            List<PdfPage> pages = [];
            for (int number = 1; number <= pdf.NumberOfPages; number++)
            {
                pages.Add(PageWords.Read(pdf.GetPage(number), file.Path));
            }

            return pages;
        }
        catch (PdfDocumentEncryptedException error)
        {
            return Throw.Data<List<PdfPage>>("an encrypted PDF that needs a password: save it without one first", file.Path, inner: error);
        }
        catch (Exception error) when (error is not (JmlrException or OutOfMemoryException))
        {
            // PdfPig throws whatever a damaged file leads to.
            string what = error.Message.ReplaceLineEndings(" ");
            return Throw.Data<List<PdfPage>>($"a damaged PDF ({(what.Length > 160 ? what[..160] + "…" : what)})", file.Path, inner: error);
        }
    }

    /// <summary>A sentence that runs over the end of a page is whole on the page where it begins.</summary>
    private static void JoinPages(List<PdfParagraph> paragraphs, Hyphens hyphens)
    {
        for (int i = 1; i < paragraphs.Count; i++)
        {
            PdfParagraph before = paragraphs[i - 1], after = paragraphs[i];
            if (after.Page != before.Page + 1 || !Paragraphs.GoesOn(before, after))
            {
                continue;
            }

            CharSpan sentence = SentenceSplitter.Split(after.Text)[0];
            if (sentence.Length > MaxCarried)
            {
                continue;
            }

            paragraphs[i - 1] = before with { Text = hyphens.Join([before.Text, after.Text[sentence.Start..sentence.End]]) };
            string rest = after.Text[sentence.End..].TrimStart();
            if (rest.Length > 0)
            {
                paragraphs[i] = after with { Text = rest };
            }
            else
            {
                paragraphs.RemoveAt(i--);
            }
        }
    }

    private Document Build(SourceFile file, List<PdfParagraph> paragraphs)
    {
        DocumentBuilder builder = new(file, Format);
        PdfOutline outline = new(paragraphs);
        builder.Front.Set("title", outline.Title(paragraphs), strict: false);
        foreach (PdfParagraph paragraph in paragraphs)
        {
            string text = CanonicalText.Of(paragraph.Text);
            builder.Page = paragraph.Page;
            int level = text.Length == 0 ? 0 : outline.Level(paragraph);
            if (level > 0)
            {
                builder.Heading(level, text);
            }
            else
            {
                BlockForm form = paragraph.IsRow ? BlockForm.TableRow : paragraph.IsItem ? BlockForm.ListItem : BlockForm.Paragraph;
                builder.Block(form, text, leadIn: text.Length <= 400 && text.EndsWith(':'), kind: paragraph.IsRow ? ContentKind.Table : ContentKind.Narrative);
            }
        }

        builder.Front.Set("title", paragraphs.Select(static p => p.Text).FirstOrDefault(static text => text.Length is > 3 and <= 200 && text.Any(char.IsLetter)), strict: false);
        return builder.Finish();
    }
}
