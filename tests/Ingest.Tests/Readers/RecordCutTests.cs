using System.Text;
using System.Text.Json;
using Jmlr.Ingest.Readers.Json;
using Jmlr.Ingest.Readers.Records;
using Jmlr.Ingest.Readers.Tabular;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>A file cut where its layout says reads as the whole does.</summary>
public class RecordCutTests
{
    private static readonly string[] Cells = ["a", "b c", "", "\"q\"", "\"x,y\"", "\"two\nlines\"", "\"say \"\"no\"\"\"", "\"open", "5\" pipe", "\"a\"b", "\"", "\"\"", "é"];
    private static readonly string[] Values = ["1", "\"\"", "\"a,b\"", "\"]\"", "\"\\\"[\"", "\"\\\\\"", "[1,[2]]", "{\"x\":[{}],\"y\":\"}\"}", " null ", "{}"];

    [Theory]
    [InlineData(',')]
    [InlineData('\t')]
    public void Delimited_text_may_be_cut_behind_any_whole_record(char delimiter)
    {
        Random random = new(5);
        int cuts = 0;
        for (int i = 0; i < 3000; i++)
        {
            StringBuilder text = new();
            for (int row = random.Next(1, 9); row > 0; row--)
            {
                text.AppendJoin(delimiter, Enumerable.Range(0, random.Next(1, 4)).Select(_ => Cells[random.Next(Cells.Length)])).Append((string)(random.Next(8) switch { 0 => "\r\n", 1 => "\r", 2 => "\n\n", _ => "\n" }));
            }

            byte[] all = Encoding.UTF8.GetBytes(text.ToString());
            int at = random.Next(all.Length + 1);
            RecordCut cut = DelimitedText.Whole(all.AsSpan(0, at), delimiter);
            cuts += cut.Length > 0 ? 1 : 0;
            Assert.InRange(cut.Length, 0, at);
            Assert.Equal(Rows(all, delimiter), Rows(all[..cut.Length], delimiter).Concat(Rows(all[cut.Length..], delimiter)));
        }

        Assert.InRange(cuts, 1000, 3000);
    }

    [Fact]
    public void An_array_may_be_cut_behind_any_whole_record()
    {
        Random random = new(6);
        RecordLayout layout = JsonArrayLayout.Instance;
        int cuts = 0;
        for (int i = 0; i < 3000; i++)
        {
            string[] values = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => Values[random.Next(Values.Length)])];
            byte[] all = Encoding.UTF8.GetBytes($" [{string.Join(random.Next(2) == 0 ? "," : " ,\n", values)}]\n");
            List<byte[]> pieces = [];
            int from = 0;
            for (int at = 0; at < all.Length; at += random.Next(1, 30))
            {
                RecordCut cut = layout.Cut(all.AsSpan(from, Math.Max(0, at - from)), first: from == 0);
                if (cut.Length > 0)
                {
                    pieces.Add([.. from == 0 ? [] : layout.Opening, .. all[from..(from + cut.Length)], .. layout.Closing]);
                    Assert.Equal(Elements(pieces[^1]).Length, cut.Records);
                    from += cut.Length;
                    cuts++;
                }
            }

            pieces.Add([.. from == 0 ? [] : layout.Opening, .. all[from..]]);
            Assert.Equal(Elements(all), pieces.SelectMany(Elements));
        }

        Assert.True(cuts > 3000, $"{cuts} cuts");
    }

    private static IEnumerable<string> Rows(byte[] bytes, char delimiter) => DelimitedText.Read(Encoding.UTF8.GetString(bytes), delimiter).Select(static record => string.Join('|', record.Fields));

    private static string[] Elements(byte[] array)
    {
        using JsonDocument json = JsonDocument.Parse(array, new JsonDocumentOptions { AllowTrailingCommas = true });
        return [.. json.RootElement.EnumerateArray().Select(static element => element.GetRawText())];
    }
}
