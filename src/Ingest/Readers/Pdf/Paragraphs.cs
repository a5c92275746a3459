using System.Text.RegularExpressions;

namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>A paragraph, list item, heading or row of a page.</summary>
sealed record PdfParagraph(int Page, string Text, double Size, bool Bold, bool IsRow, bool IsItem, int Lines);

/// <summary>Lines to paragraphs: by white space, indents, size, weight and the marks of list items.</summary>
static partial class Paragraphs
{
    /// <summary>Paragraphs of a page in reading order.</summary>
    public static List<PdfParagraph> Of(PdfPage page, Hyphens hyphens)
    {
        List<PdfParagraph> paragraphs = [];
        foreach (List<PdfWord> region in Columns.Split(page.Words))
        {
            List<PdfLine> lines = PdfLine.Group(region);
            Region(page.Number, lines, hyphens, paragraphs);
        }

        if (page.Turned.Length > 0)
        {
            paragraphs.Add(new PdfParagraph(page.Number, page.Turned, 0, false, false, false, 1));
        }

        return paragraphs;
    }

    private static void Region(int page, List<PdfLine> lines, Hyphens hyphens, List<PdfParagraph> paragraphs)
    {
        double leading = Leading(lines);
        double right = lines.Max(static line => line.Right), width = right - lines.Min(static line => line.Left);
        List<PdfLine> open = [];
        bool first = true;
        PdfItem[] items = [.. TableRuns.Items(lines, hyphens)];
        for (int i = 0; i < items.Length; i++)
        {
            PdfItem item = items[i];
            double next = item.Line is not null && i + 1 < items.Length && items[i + 1].Line is PdfLine below && Math.Abs(below.Size - item.Line.Size) < 0.8 ? item.Baseline - below.Baseline : double.MaxValue;
            if (item.Line is null || (open.Count > 0 && Begins(open, item.Line, Math.Max(next, 1), leading, right, width)))
            {
                Close();
            }

            if (item.Line is not null)
            {
                open.Add(item.Line);
            }
            else
            {
                paragraphs.Add(new PdfParagraph(page, item.Row!, 0, false, true, false, 1));
            }
        }

        Close();

        void Close()
        {
            if (open.Count == 0)
            {
                return;
            }

            string text = hyphens.Join(open.Select(static line => line.Text));
            PdfParagraph paragraph = new(page, text, open[0].Size, open.TrueForAll(static line => line.Bold), false, Mark().IsMatch(text), open.Count);
            open.Clear();
            // The text of a column goes on in the next one.
            if (first && paragraphs.Count > 0 && GoesOn(paragraphs[^1], paragraph))
            {
                paragraphs[^1] = paragraphs[^1] with { Text = hyphens.Join([paragraphs[^1].Text, text]), Lines = paragraphs[^1].Lines + paragraph.Lines };
            }
            else
            {
                paragraphs.Add(paragraph);
            }

            first = false;
        }
    }

    /// <summary>True when a paragraph breaks off and the next one continues its sentence.</summary>
    public static bool GoesOn(PdfParagraph before, PdfParagraph after) =>
        !before.IsRow && !after.IsRow && !after.IsItem && Math.Abs(before.Size - after.Size) < 0.6 && before.Bold == after.Bold
        && before.Text[^1] is not ('.' or '?' or '!' or ':' or ';') && (char.IsLower(after.Text[0]) || before.Text[^1] is ',' or '-'
            || (after.Lines > 1 && char.IsLetterOrDigit(after.Text[0]) && !before.Bold && (before.IsItem || before.Lines > 2)));

    /// <summary>True when the line does not go on with the open paragraph. White space counts against that of the lines around it: pages mix single and double spacing.</summary>
    private static bool Begins(List<PdfLine> open, PdfLine line, double next, double leading, double right, double width)
    {
        PdfLine last = open[^1];
        double step = last.Baseline - line.Baseline;
        double around = Math.Min(next, open.Count > 1 ? open[^2].Baseline - last.Baseline : double.MaxValue);
        around = around == double.MaxValue ? leading : around;
        bool ended = last.Text[^1] is '.' or '?' or '!' or ':';
        bool isShort = last.Right < right - (0.25 * width);
        return Math.Abs(line.Size - last.Size) > 0.8 || line.Bold != last.Bold
            || step < 0 || step > 2.7 * last.Size || step > 1.25 * Math.Max(last.Size, around) || (isShort && step > 1.25 * Math.Max(leading, last.Size))
            || Mark().IsMatch(line.Text)
            || (line.Left - last.Left > line.Size && (open.Count > 1 ? Math.Abs(last.Left - open[^2].Left) < line.Size : ended && !Mark().IsMatch(last.Text)))
            || (ended && isShort && char.IsUpper(line.Text.FirstOrDefault(char.IsLetter, 'x')));
    }

    /// <summary>The usual distance of two lines.</summary>
    private static double Leading(List<PdfLine> lines)
    {
        double[] steps = [.. lines.Zip(lines.Skip(1), static (a, b) => (Step: a.Baseline - b.Baseline, a.Size)).Where(static pair => pair.Step > 0.6 * pair.Size && pair.Step < 3.5 * pair.Size).Select(static pair => pair.Step).Order()];
        return steps.Length == 0 ? 0 : steps[(steps.Length - 1) / 2];
    }

    [GeneratedRegex(@"^(?:[•▪●○◦■□❑❏➢✓›–—*o-]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{2,4})[.)]\s)", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();
}
