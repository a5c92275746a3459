namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>A line of prose, or a row of a table with its cells.</summary>
readonly record struct PdfItem(PdfLine? Line, string? Row, double Baseline);

/// <summary>Finds tables in a region by the white between their columns, and reads them row by row.</summary>
static class TableRuns
{
    private const double LeastGutter = 5;

    /// <summary>Lines and table rows of a region from the top down.</summary>
    public static IEnumerable<PdfItem> Items(List<PdfLine> lines, Hyphens hyphens)
    {
        for (int i = 0; i < lines.Count;)
        {
            int end = Gaps(lines[i]).Count > 0 ? End(lines, i, out List<(double From, double To)> gutters) : Nothing(i, out gutters);
            if (end > i)
            {
                foreach (PdfItem row in Rows(lines[i..end], gutters, hyphens))
                {
                    yield return row;
                }

                i = end;
            }
            else
            {
                yield return new PdfItem(lines[i], null, lines[i].Baseline);
                i++;
            }
        }
    }

    /// <summary>True when wide white parts the words of a line.</summary>
    public static bool HasCells(PdfLine line) => Gaps(line).Count > 0;

    private static int Nothing(int at, out List<(double From, double To)> gutters)
    {
        gutters = [];
        return at;
    }

    /// <summary>One past the last line of the table that begins at <paramref name="start"/>; start itself when there is none.</summary>
    private static int End(List<PdfLine> lines, int start, out List<(double From, double To)> gutters)
    {
        gutters = Gaps(lines[start]);
        int end = start + 1, wide = 1, last = start + 1;
        for (; end < lines.Count; end++)
        {
            if (lines[end - 1].Baseline - lines[end].Baseline > 4 * lines[end].Size)
            {
                break;
            }

            List<(double From, double To)> left = Intersect(gutters, lines[end]);
            if (left.Count == 0)
            {
                break;
            }

            gutters = left;
            bool cells = Gaps(lines[end]).Count > 0;
            wide += cells ? 1 : 0;
            last = cells ? end + 1 : last;
        }

        // Lines after the last one with several cells may be text below the table: only those that continue a cell belong to it.
        double first = gutters[0].To;
        while (last < end && (lines[last].Left >= first || lines[last - 1].Baseline - lines[last].Baseline < 1.35 * lines[last].Size))
        {
            last++;
        }

        return wide >= 2 ? last : start;
    }

    /// <summary>Wide gaps between words; not the one after a bullet or a number.</summary>
    private static List<(double From, double To)> Gaps(PdfLine line)
    {
        List<(double, double)> gaps = [];
        for (int i = 1; i < line.Words.Count; i++)
        {
            PdfWord before = line.Words[i - 1], after = line.Words[i];
            bool label = i == 1 && (before.Text.Length <= 2 || (before.Text.Length <= 6 && before.Text[^1] is '.' or ')'));
            if (after.Left - before.Right > Math.Max(11, 1.5 * Math.Min(before.Size, after.Size)) && !label)
            {
                gaps.Add((before.Right, after.Left));
            }
        }

        return gaps;
    }

    private static List<(double From, double To)> Intersect(List<(double From, double To)> gutters, PdfLine line)
    {
        List<(double From, double To)> left = [];
        foreach ((double from, double to) in gutters)
        {
            // The widest part of the gutter that no word of the line touches.
            double at = from;
            (double From, double To) best = (from, from);
            foreach (PdfWord word in line.Words)
            {
                if (word.Right > from && word.Left < to)
                {
                    best = word.Left - at > best.To - best.From ? (at, word.Left) : best;
                    at = Math.Max(at, word.Right);
                }
            }

            best = to - at > best.To - best.From ? (at, to) : best;
            if (best.To - best.From >= LeastGutter)
            {
                left.Add(best);
            }
        }

        return left;
    }

    private static IEnumerable<PdfItem> Rows(List<PdfLine> lines, List<(double From, double To)> gutters, Hyphens hyphens)
    {
        double[] steps = [.. lines.Zip(lines.Skip(1), static (a, b) => a.Baseline - b.Baseline).Order()];
        double leading = steps.Length == 0 ? 0 : Math.Max(steps[steps.Length / 5], 0.9 * lines[0].Size);
        bool spaced = steps.Length > 0 && steps[^1] > 1.45 * leading;
        List<PdfLine> row = [];
        for (int i = 0; i < lines.Count; i++)
        {
            bool begins = i > 0 && (spaced ? lines[i - 1].Baseline - lines[i].Baseline > 1.45 * leading : lines[i].Left < gutters[0].From && Gaps(lines[i]).Count > 0);
            if (begins)
            {
                yield return Row(row, gutters, hyphens);
                row = [];
            }

            row.Add(lines[i]);
        }

        yield return Row(row, gutters, hyphens);
    }

    private static PdfItem Row(List<PdfLine> lines, List<(double From, double To)> gutters, Hyphens hyphens)
    {
        List<string>[] cells = [.. Enumerable.Range(0, gutters.Count + 1).Select(static _ => new List<string>())];
        foreach (PdfLine line in lines)
        {
            foreach (IGrouping<int, PdfWord> cell in line.Words.GroupBy(word => gutters.Count(gutter => word.Left >= gutter.To - 0.5)))
            {
                cells[cell.Key].Add(string.Join(' ', cell.Select(static word => word.Text)));
            }
        }

        return new PdfItem(null, string.Join(" | ", cells.Where(static cell => cell.Count > 0).Select(hyphens.Join)), lines[0].Baseline);
    }
}
