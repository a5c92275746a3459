using System.Text;
using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>The same words from every encoding that files come in.</summary>
public class EncodingTests
{
    private const string Words = "Fièvre de 38 °C – naïve, 5 µg “deux fois” par jour";

    public static TheoryData<string, string> Formats => new()
    {
        { "a.html", "<html><head><title>t</title></head><body><p>{0}</p></body></html>" },
        { "a.md", "# Titre\n\n{0}\n\n- liste\n- [lien](x)\n" },
        { "a.txt", "{0}\n\nUne autre ligne.\n" },
        { "a.csv", "nom;texte\na;{0}\nb;autre\n" },
        { "a.json", "[{{\"id\":\"1\",\"title\":\"t\",\"text\":\"{0}\"}}]" },
        { "a.xml", "<?xml version=\"1.0\"?><a><p>{0}</p></a>" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Words_come_out_whole(string path, string form)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        string text = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, Words);
        foreach (Encoding encoding in new[] { new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.GetEncoding(1252) })
        {
            Document document = Assert.Single(Sources.All(path, [.. encoding.GetPreamble(), .. encoding.GetBytes(text)]));
            Assert.Contains(Words, document.Text, StringComparison.Ordinal);
            Assert.DoesNotContain('\uFEFF', document.Text);
        }

        // UTF-16 without a mark, told by its zero bytes.
        Assert.Contains(Words, Assert.Single(Sources.All(path, new UnicodeEncoding(false, false).GetBytes(text))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_UTF8_loses_no_neighbour()
    {
        byte[] bytes = [.. "Good words "u8, 0xC3, 0x28, 0xFF, .. " and more words.\n"u8];
        string text = Sources.All("a.txt", bytes)[0].Text;
        Assert.StartsWith("Good words", text, StringComparison.Ordinal);
        Assert.EndsWith("and more words.", text, StringComparison.Ordinal);
    }
}
