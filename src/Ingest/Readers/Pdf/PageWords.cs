using System.Text;
using UglyToad.PdfPig.Content;

namespace Jmlr.Ingest.Readers.Pdf;

/// <summary>The words of a page: kerned fragments put together by position, ligatures spelt out, symbols of private fonts read as bullets.</summary>
static class PageWords
{
    private const int MaxLetters = 400_000;
    private const double MaxPlace = 1e6; // points; a page is at most 14,400
    private static readonly string[] Heavy = ["bold", "black", "heavy", "semibold", "demi"];

    public static PdfPage Read(Page page, string path)
    {
        if (page.Letters.Count > MaxLetters)
        {
            Throw.Data($"page {page.Number} has {page.Letters.Count} characters, at most {MaxLetters} are read", path);
        }

        List<PdfWord> words = [];
        StringBuilder turned = new();
        foreach (Word word in page.GetWords())
        {
            string text = Clean(word.Text);
            if (text.Length == 0)
            {
                continue;
            }

            Letter first = word.Letters[0];
            if (word.TextOrientation is TextOrientation.Horizontal or TextOrientation.Other)
            {
                double size = Math.Abs(first.PointSize) is > 0.5 and < 500 and double stated ? stated : Math.Max(1, word.BoundingBox.Height);
                words.Add(new PdfWord(text, Place(word.BoundingBox.Left), Place(word.BoundingBox.Right), Place(first.StartBaseLine.Y), Place(size), IsBold(first.FontName)));
            }
            else
            {
                turned.Append(turned.Length > 0 ? " " : "").Append(text);
            }
        }

        return new PdfPage(page.Number, page.Height, words, turned.ToString());
    }

    /// <summary>A place that can be reckoned with: a damaged file may name any number, also infinite ones.</summary>
    private static double Place(double value) => double.IsNaN(value) ? 0 : Math.Clamp(value, -MaxPlace, MaxPlace);

    private static bool IsBold(string? font) => font is not null && Array.Exists(Heavy, name => font.Contains(name, StringComparison.OrdinalIgnoreCase));

    private static string Clean(string text)
    {
        if (text.Length == 1 && char.IsControl(text[0]))
        {
            return "•"; // a symbol of a font without names
        }

        if (text.AsSpan().IndexOfAnyInRange('\uE000', '\uF8FF') < 0 && text.AsSpan().IndexOfAnyInRange('\uFB00', '\uFB06') < 0)
        {
            return text.Trim();
        }

        StringBuilder clean = new(text.Length + 4);
        foreach (char c in text)
        {
            clean.Append(c switch
            {
                '\uFB00' => "ff",
                '\uFB01' => "fi",
                '\uFB02' => "fl",
                '\uFB03' => "ffi",
                '\uFB04' => "ffl",
                '\uFB05' or '\uFB06' => "st",
                >= '\uE000' and <= '\uF8FF' => text.Length == 1 ? "•" : "",
                _ => c.ToString(),
            });
        }

        return clean.ToString().Trim();
    }
}
