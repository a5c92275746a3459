namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>Cuts a page into regions in reading order: where two columns of prose stand side by side, the left one is read before the right one.</summary>
static class Columns
{
    private const int MaxDepth = 4;
    private const int LeastWords = 30;
    private const int LeastLines = 4;
    private const double HalfGutter = 3;
    private const int MaxPlaces = 2000;

    /// <summary>Regions of the words in reading order.</summary>
    public static IEnumerable<List<PdfWord>> Split(List<PdfWord> words, int depth = 0)
    {
        if (words.Count < LeastWords || depth > MaxDepth || Find(words) is not { } band)
        {
            return words.Count > 0 ? [words] : [];
        }

        List<PdfWord> above = [], left = [], right = [], below = [];
        foreach (PdfWord word in words)
        {
            (word.Baseline > band.Top ? above : word.Baseline < band.Bottom ? below : word.Right <= band.Gutter ? left : right).Add(word);
        }

        return Split(above, depth + 1).Concat(Split(left, depth + 1)).Concat(Split(right, depth + 1)).Concat(Split(below, depth + 1));
    }

    /// <summary>The gutter with the most words on its lesser side, if both sides are prose.</summary>
    private static (double Gutter, double Top, double Bottom)? Find(List<PdfWord> words)
    {
        List<PdfLine> rows = PdfLine.Group(words);
        double from = words.Min(static word => word.Left), to = words.Max(static word => word.Right);
        (double Gutter, int First, int Last) best = default;
        int most = 0;
        double step = Math.Max(2, (to - from) / MaxPlaces); // damaged files have words at 1e30
        for (double x = from + (0.2 * (to - from)); x < from + (0.8 * (to - from)); x += step)
        {
            int first = 0;
            for (int i = 0; i <= rows.Count; i++)
            {
                if (i == rows.Count || Crosses(rows[i], x))
                {
                    if (i - first >= LeastLines && Score(rows, first, i, x, most) is int score && score > most)
                    {
                        (most, best) = (score, (x, first, i - 1));
                    }

                    first = i + 1;
                }
            }
        }

        List<PdfWord> band = most > 0 ? [.. rows[best.First..(best.Last + 1)].SelectMany(static row => row.Words)] : [];
        bool columns = most > 0 && !IsCells(band.FindAll(word => word.Right <= best.Gutter)) && !IsCells(band.FindAll(word => word.Right > best.Gutter));
        return columns ? (best.Gutter, rows[best.First].Words.Max(static word => word.Baseline) + 0.1, rows[best.Last].Words.Min(static word => word.Baseline) - 0.1) : null;
    }

    private static bool Crosses(PdfLine row, double x) => row.Words.Exists(word => word.Left < x + HalfGutter && word.Right > x - HalfGutter);

    private static int Score(List<PdfLine> rows, int first, int end, double x, int most)
    {
        int left = 0, right = 0;
        for (int i = first; i < end; i++)
        {
            int before = rows[i].Words.Count(word => word.Right <= x);
            left += before;
            right += rows[i].Words.Count - before;
        }

        int lesser = Math.Min(left, right);
        return lesser >= LeastWords / 2 && lesser > most && IsProse(rows, first, end, word => word.Right <= x) && IsProse(rows, first, end, word => word.Right > x) ? lesser : 0;
    }

    private static bool IsProse(List<PdfLine> rows, int first, int end, Func<PdfWord, bool> side) => IsProse([.. rows[first..end].SelectMany(static row => row.Words).Where(side)]);

    /// <summary>True when the lines of one side are in cells: a table, unless they are columns of prose themselves.</summary>
    private static bool IsCells(List<PdfWord> words)
    {
        List<PdfLine> lines = PdfLine.Group(words);
        return lines.Count(static line => TableRuns.HasCells(line)) > 0.3 * lines.Count && Find(words) is null;
    }

    /// <summary>Lines of several words that fill their column; the cells of a table do not.</summary>
    private static bool IsProse(List<PdfWord> words)
    {
        List<PdfLine> lines = PdfLine.Group(words);
        double width = words.Max(static word => word.Right) - words.Min(static word => word.Left);
        int full = lines.Count(line => line.Right - line.Left >= 0.6 * width);
        return lines.Count >= LeastLines && words.Count >= 3.2 * lines.Count && full >= 0.5 * lines.Count;
    }
}
