namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>A word where it stands on the page, in points from the lower left corner.</summary>
readonly record struct PdfWord(string Text, double Left, double Right, double Baseline, double Size, bool Bold);

/// <summary>Words on one baseline, from left to right.</summary>
sealed class PdfLine(List<PdfWord> words)
{
    private double? _size;
    private bool? _bold;

    /// <summary>Words, from left to right; never empty.</summary>
    public List<PdfWord> Words { get; } = words;

    public double Left => Words[0].Left;

    public double Right => Words[^1].Right;

    /// <summary>Baseline of the largest words.</summary>
    public double Baseline { get; } = words.MaxBy(static word => word.Size).Baseline;

    /// <summary>Size of most of its characters.</summary>
    public double Size => _size ??= Words.GroupBy(static word => Math.Round(word.Size * 2) / 2).MaxBy(static group => group.Sum(static word => word.Text.Length))!.Key;

    public bool Bold => _bold ??= Words.TrueForAll(static word => word.Bold || !word.Text.Any(char.IsLetterOrDigit)) && Words.Exists(static word => word.Bold);

    public string Text => field ??= string.Join(' ', Words.Select(static word => word.Text));

    /// <summary>Lines from the top down: words whose baselines differ by less than half their size (so that superscripts stay with their line).</summary>
    public static List<PdfLine> Group(IEnumerable<PdfWord> words)
    {
        List<PdfLine> lines = [];
        List<PdfWord> open = [];
        double anchor = 0, size = 0;
        foreach (PdfWord word in words.OrderByDescending(static word => word.Baseline).ThenBy(static word => word.Left))
        {
            if (open.Count > 0 && anchor - word.Baseline > 0.5 * (Math.Max(size, word.Size) > 1.7 * Math.Min(size, word.Size) ? Math.Min(size, word.Size) : Math.Max(size, word.Size)))
            {
                Close();
            }

            (anchor, size) = open.Count == 0 || word.Size > size * 1.2 ? (word.Baseline, word.Size) : (anchor, size);
            open.Add(word);
        }

        Close();
        return lines;

        void Close()
        {
            if (open.Count > 0)
            {
                open.Sort(static (a, b) => a.Left.CompareTo(b.Left));
                lines.Add(new PdfLine([.. open]));
                open.Clear();
            }
        }
    }
}

/// <summary>The words of one page.</summary>
/// <param name="Number">Number of the page, from 1.</param>
/// <param name="Height">Height in points.</param>
/// <param name="Words">Upright words.</param>
/// <param name="Turned">Text that stands on its side, read after the rest.</param>
sealed record PdfPage(int Number, double Height, List<PdfWord> Words, string Turned);
