using System.Globalization;

namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>Printed line numbers: a column of numbers that count by one beside the text, with nothing else in it.</summary>
static class LineNumbers
{
    private const int Least = 5;

    /// <summary>Removes them. Numbered rows of one table count too, so a third of the pages must have them.</summary>
    public static void Remove(IReadOnlyList<PdfPage> pages)
    {
        (PdfPage Page, HashSet<PdfWord> Numbers)[] found = [.. pages.Select(static page => (page, Find(page.Words))).Where(static pair => pair.Item2.Count > 0)];
        if (found.Length * 3 < pages.Count(static page => page.Words.Count > 0))
        {
            return;
        }

        foreach ((PdfPage page, HashSet<PdfWord> numbers) in found)
        {
            page.Words.RemoveAll(numbers.Contains);
        }
    }

    private static HashSet<PdfWord> Find(List<PdfWord> words) => Find(words, left: true) is { Count: > 0 } numbers ? [.. numbers] : [.. Find(words, left: false)];

    private static List<PdfWord> Find(List<PdfWord> words, bool left)
    {
        // The outermost column: numbers whose right edges agree.
        List<PdfWord> numeric = [.. words.Where(static word => Value(word) >= 0)];
        foreach (IGrouping<double, PdfWord> column in numeric.GroupBy(static word => Math.Round(word.Right / 3)).OrderByDescending(static group => group.Count()).Take(3))
        {
            List<PdfWord> numbers = [.. numeric.Where(word => Math.Abs(word.Right - (column.Key * 3)) <= 4).OrderByDescending(static word => word.Baseline)];
            (double from, double to) = (numbers.Min(static word => word.Left), numbers.Max(static word => word.Right));
            bool apart = words.TrueForAll(word => numbers.Contains(word) || (left ? word.Left > to + 4 : word.Right < from - 4) || IsOutside(word, numbers));
            int steps = 0;
            for (int i = 1; i < numbers.Count; i++)
            {
                steps += Value(numbers[i]) == Value(numbers[i - 1]) + 1 ? 1 : 0;
            }

            if (apart && numbers.Count >= Least && steps >= (numbers.Count - 1) * 0.9)
            {
                return numbers;
            }
        }

        return [];
    }

    /// <summary>Headers and footers may reach into the margin.</summary>
    private static bool IsOutside(PdfWord word, List<PdfWord> numbers) => word.Baseline > numbers[0].Baseline + (2 * word.Size) || word.Baseline < numbers[^1].Baseline - (2 * word.Size);

    private static int Value(PdfWord word) =>
        word.Text.Length <= 6 && int.TryParse(word.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : -1;
}
