using System.Text;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Puts the objects of a PDF together: numbers, table of places and trailer.</summary>
static class PdfFiles
{
    /// <param name="objects">Objects from number 1; the first is the catalogue.</param>
    /// <param name="trailer">More of the trailer.</param>
    public static byte[] Of(IReadOnlyList<string> objects, string trailer)
    {
        StringBuilder pdf = new("%PDF-1.4\n");
        List<int> offsets = [];
        for (int i = 0; i < objects.Count; i++)
        {
            offsets.Add(pdf.Length);
            pdf.Append($"{i + 1} 0 obj\n{objects[i]}\nendobj\n");
        }

        int xref = pdf.Length;
        pdf.Append($"xref\n0 {objects.Count + 1}\n0000000000 65535 f \n");
        offsets.ForEach(offset => pdf.Append($"{offset:0000000000} 00000 n \n"));
        pdf.Append($"trailer\n<</Size {objects.Count + 1}/Root 1 0 R{trailer}>>\nstartxref\n{xref}\n%%EOF");
        return Encoding.Latin1.GetBytes(pdf.ToString());
    }
}
