namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>Running headers, footers and page numbers: lines near the edge that come again on other pages at the same height, numbers apart.</summary>
static class RunningLines
{
    private const double Edge = 0.13;
    private const int LeastPages = 3;

    /// <summary>Removes them. A document of fewer than three pages has none that can be told.</summary>
    public static void Remove(IReadOnlyList<PdfPage> pages)
    {
        (PdfPage Page, PdfLine Line)[] lines = [.. pages.SelectMany(static page => AtEdges(page).Select(line => (page, line)))];
        Dictionary<(string, double), int> repeated = [];
        Dictionary<(double, double), int> heights = [];
        foreach (((string, double) key, int count) in lines.GroupBy(static item => Key(item.Line)).Select(static group => (group.Key, group.DistinctBy(static item => item.Page.Number).Count())))
        {
            repeated[key] = count;
        }

        bool Repeats(PdfLine line) => Near(Key(line).Height).Sum(height => repeated.GetValueOrDefault((Key(line).Text, height))) >= LeastPages;
        foreach ((PdfPage _, PdfLine line) in lines)
        {
            if (Repeats(line))
            {
                heights[Place(line)] = heights.GetValueOrDefault(Place(line)) + 1;
            }
        }

        // Where a third of the pages has its header, the others' (a chapter's name that comes once) is one too.
        foreach ((PdfPage page, PdfLine line) in lines)
        {
            if (Repeats(line) || heights.GetValueOrDefault(Place(line)) >= Math.Max(LeastPages, pages.Count / 3))
            {
                HashSet<PdfWord> words = [.. line.Words];
                page.Words.RemoveAll(words.Contains);
            }
        }
    }

    private static IEnumerable<PdfLine> AtEdges(PdfPage page)
    {
        List<PdfLine> lines = PdfLine.Group(page.Words);
        for (int i = 0; i < lines.Count; i++)
        {
            bool outer = i < 2 || i >= lines.Count - 3;
            if (outer && (lines[i].Baseline > page.Height * (1 - Edge) || lines[i].Baseline < page.Height * Edge))
            {
                yield return lines[i];
            }
        }
    }

    private static (string Text, double Height) Key(PdfLine line)
    {
        Span<char> text = line.Text.Length <= 200 ? stackalloc char[line.Text.Length] : new char[line.Text.Length];
        int used = 0;
        foreach (char c in line.Text)
        {
            char shown = char.IsDigit(c) ? '#' : c;
            if (shown != '#' || used == 0 || text[used - 1] != '#')
            {
                text[used++] = shown;
            }
        }

        // Roman page numbers count too.
        string key = new(text[..used]);
        return (key.Length <= 6 && key.All(static c => c is 'i' or 'v' or 'x' or 'l') ? "#" : key, Math.Round(line.Baseline / 4));
    }

    private static (double Height, double Size) Place(PdfLine line) => (Math.Round(line.Baseline / 4), line.Size);

    private static double[] Near(double height) => [height - 1, height, height + 1];
}
