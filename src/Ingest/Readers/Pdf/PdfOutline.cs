namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>Tells headings from text by size and weight.</summary>
sealed class PdfOutline
{
    private const int MaxHeading = 200;
    private const int MaxLevels = 4;
    private const int TitlePages = 3;

    private readonly double _body;
    private readonly List<double> _sizes = []; // of headings, largest first

    public PdfOutline(IReadOnlyList<PdfParagraph> paragraphs)
    {
        _body = paragraphs.Where(static p => p.Size > 0).GroupBy(static p => p.Size).MaxBy(static group => group.Sum(static p => p.Text.Length))?.Key ?? 0;
        foreach (double size in paragraphs.Where(IsLarge).Select(static p => p.Size).Distinct().OrderDescending())
        {
            if (_sizes.Count == 0 || size < _sizes[^1] * 0.93)
            {
                _sizes.Add(size);
            }
        }
    }

    /// <summary>The largest text of the first pages, in reading order; null when nothing is larger than the rest.</summary>
    public string? Title(IReadOnlyList<PdfParagraph> paragraphs)
    {
        PdfParagraph[] large = [.. paragraphs.Where(p => p.Page <= TitlePages && IsLarge(p) && p.Text.Count(char.IsLetter) > 3)];
        if (large.Length == 0)
        {
            return null;
        }

        int page = large[0].Page;
        double most = large.Where(p => p.Page == page).Max(static p => p.Size);
        string title = string.Join(' ', large.Where(p => p.Page == page && p.Size >= most * 0.7).Select(static p => p.Text));
        return title.Length <= 2 * MaxHeading ? title : null;
    }

    /// <summary>Level of a heading from 2; 0 when the paragraph is none.</summary>
    public int Level(PdfParagraph paragraph)
    {
        if (IsLarge(paragraph))
        {
            return 2 + Math.Min(MaxLevels - 1, Math.Max(0, _sizes.FindLastIndex(size => paragraph.Size <= size + 0.01)));
        }

        return paragraph.Bold && paragraph.Size >= _body * 0.9 && IsShort(paragraph) && paragraph.Lines <= 3 && paragraph.Text.Any(char.IsLetter) && paragraph.Text[^1] is not ('.' or ',' or ';') ? 2 + MaxLevels : 0;
    }

    private bool IsLarge(PdfParagraph paragraph) =>
        paragraph.Size > _body * 1.12 && IsShort(paragraph) && paragraph.Text.Any(char.IsLetter) && (paragraph.Size > _body * 1.3 || paragraph.Text[^1] is not ('.' or ',' or ';'));

    private static bool IsShort(PdfParagraph paragraph) => !paragraph.IsRow && paragraph.Text.Length <= MaxHeading && !(paragraph.IsItem && !char.IsLetterOrDigit(paragraph.Text[0]));
}
