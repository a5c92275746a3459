using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Fonts.Standard14Fonts;
using UglyToad.PdfPig.Writer;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Writes small PDFs: text at places on pages of 595 x 842 points.</summary>
sealed class PdfPages
{
    private readonly List<List<(double X, double Y, string Text, double Size, bool Bold)>> _pages = [];

    public PdfPages Page()
    {
        _pages.Add([]);
        return this;
    }

    public PdfPages Text(double x, double y, string text, double size = 10, bool bold = false)
    {
        _pages[^1].Add((x, y, text, size, bold));
        return this;
    }

    /// <summary>Lines from <paramref name="y"/> down.</summary>
    public PdfPages Lines(double x, double y, double step, params string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            Text(x, y - (i * step), lines[i]);
        }

        return this;
    }

    public byte[] Build()
    {
        using PdfDocumentBuilder pdf = new();
        PdfDocumentBuilder.AddedFont plain = pdf.AddStandard14Font(Standard14Font.Helvetica), bold = pdf.AddStandard14Font(Standard14Font.HelveticaBold);
        foreach (List<(double X, double Y, string Text, double Size, bool Bold)> texts in _pages)
        {
            PdfPageBuilder page = pdf.AddPage(PageSize.A4);
            texts.ForEach(text => page.AddText(text.Text, text.Size, new PdfPoint(text.X, text.Y), text.Bold ? bold : plain));
        }

        return pdf.Build();
    }
}
