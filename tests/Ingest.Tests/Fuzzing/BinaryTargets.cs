using System.Buffers.Binary;
using Jmlr.Ingest.Tests.Readers;
using Parquet.Serialization;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>PDF: written by hand without compression, so that a change reaches what reads pages, fonts and positions.</summary>
sealed class PdfTarget() : ReaderTarget(
    "pdf", "pdf", "a.pdf",
    [
        Pdf("BT /F1 18 Tf 60 700 Td (Fever) Tj ET BT /F2 10 Tf 60 660 Td (Give paracetamol at the dose for the weight of the child, hyphen-) Tj 0 -12 Td (ated and again.) Tj 0 -30 Td (Drug) Tj 140 0 Td (Dose) Tj -140 -20 Td (X) Tj 140 0 Td (1 mg) Tj ET"),
        Pdf("BT /F2 10 Tf 1 0 0 1 60 700 Tm [(Two) -300 (words)] TJ T* (line) ' ET q 0.5 0 0 0.5 10 10 cm BT /F1 12 Tf 0 1 -1 0 300 300 Tm (side) Tj ET Q", "BT /F2 9 Tf 60 800 Td (Page 2) Tj 0 -100 Td <48656C6C6F> Tj ET"),
        new PdfPages().Page().Text(60, 700, "Some text", 14).Lines(60, 650, 12, "More text in a", "line.").Build(),
    ],
    "/Kids", "/Count", "/Parent", "/Contents", "/Font", "/Resources", "/Type", "/Page", "/Pages", "/Length", "/Filter", "/FlateDecode", "/ASCIIHexDecode", "/ASCII85Decode", "/LZWDecode", "/RunLengthDecode", "/DecodeParms", "/Predictor 12", "/Columns", "/ObjStm", "/XRef", "/Prev 0", "/Root 1 0 R",
    "/Encrypt 4 0 R", "1 0 R", "2 0 R", "3 0 R", "5 0 R", "<<", ">>", "[", "]", "(", ")", "<", ">", "stream\n", "endstream", "endobj", "obj", "xref", "trailer", "startxref", "%%EOF", " Tj", " TJ", " Tf", " Td", " Tm", " cm", " Do", "BT", "ET", "q", "Q", " BI ID EI ", "/MediaBox[0 0 0 0]", "/Rotate 90", "/ToUnicode",
    "/Encoding/Identity-H", "/Subtype/Type0", "/Subtype/Type3", "/FontFile2", "/Widths[", "1e30", "-0.0000001", "/XObject", "/Form", "null", "true")
{
    internal static byte[] Pdf(params string[] pages)
    {
        List<string> objects = ["<</Type/Catalog/Pages 2 0 R>>", $"<</Type/Pages/Kids[{string.Join(' ', pages.Select(static (_, i) => $"{5 + (2 * i)} 0 R"))}]/Count {pages.Length}>>", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"];
        foreach (string page in pages)
        {
            objects.Add($"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>/Contents {objects.Count + 2} 0 R>>");
            objects.Add($"<</Length {page.Length}>>\nstream\n{page}\nendstream");
        }

        return PdfFiles.Of(objects, "");
    }
}

/// <summary>Parquet: half of the changes are in the footer, which says what is where.</summary>
sealed class ParquetTarget() : ReaderTarget("parquet", "parquet", "a.parquet", [Write(new Question { id = "1", question = "Which?", options = ["x", "y"], year = 7 }, new Question { id = "2", question = "Why?" }), Write(new Text { title = "T", content = "# T\nSome words." })], "PAR1", "\u0015\u0002", "\u0018\u0004", "\u0019\u001c", "title", "content")
{
    public override byte[] Make(Random random)
    {
        byte[] seed = Seed(random);
        int footer = BinaryPrimitives.ReadInt32LittleEndian(seed.AsSpan(seed.Length - 8)), start = seed.Length - 8 - footer;
        switch (random.Next(8))
        {
            case 0 or 1:
                return Change(random, seed, Seed(random));
            case 2: // one byte, which leaves most files whole
                return ByteMutations.Replace(seed, random.Next(4, seed.Length - 8), 1, [(byte)random.Next(256)]);
        }

        // The footer or the pages, with the length of the footer put right: else only the check of the length is met.
        bool pages = random.Next(3) == 0;
        byte[] part = Change(random, pages ? seed[4..start] : seed[start..^8], seed), rest = pages ? seed[start..^8] : seed[4..start];
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, pages ? rest.Length : part.Length);
        return [.. "PAR1"u8, .. pages ? part : rest, .. pages ? rest : part, .. length, .. "PAR1"u8];
    }

    private static byte[] Write<T>(params T[] rows)
    {
        using MemoryStream stream = new();
        ParquetSerializer.SerializeAsync(rows, stream).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    /// <summary>A row with a nested list.</summary>
    public sealed class Question
    {
        public string? id { get; set; }

        public string? question { get; set; }

        public List<string>? options { get; set; }

        public int year { get; set; }
    }

    /// <summary>A row of text.</summary>
    public sealed class Text
    {
        public string? title { get; set; }

        public string? content { get; set; }
    }
}
