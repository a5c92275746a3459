using System.Formats.Tar;
using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Pipeline;

/// <summary>Long files of records come in pieces, and read as they do whole.</summary>
public class RecordPiecesTests
{
    private const int Records = 24_000; // of some 400 bytes: some seven pieces, the first as long as four

    private static readonly IngestRequest Request = new() { Paths = [], Source = "test" };

    public static TheoryData<string> Layouts => ["a.jsonl", "a.json", "pretty.json", "a.csv", "a.tsv", "semicolons.txt", "quiz.csv"];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_layout_reads_as_it_does_whole(string name)
    {
        byte[] content = Make(name);
        List<FilePiece> pieces = [.. Pieces(name, new MemoryStream(content))];
        Assert.InRange(pieces.Count, 5, 9);
        Assert.Equal(content.Length, pieces.Sum(static piece => piece.Bytes));
        Assert.All(pieces, static piece => Assert.InRange(piece.File!.Content.Length, 1, 5 << 20));
        string[] whole = Read([Sources.File(name, content)]);
        Assert.InRange(whole.Length, Records - 5, Records + 5);
        Assert.Equal(3, whole.Count(static line => line.StartsWith("rejected", StringComparison.Ordinal)));
        Assert.Equal(whole, Read([.. pieces.Select(static piece => piece.File!)]));
    }

    [Fact]
    public void Documents_of_every_piece_have_the_hash_of_the_file()
    {
        using TemporaryFolder folder = new();
        byte[] content = Make("a.csv");
        File.WriteAllBytes(folder["a.csv"], content);
        InputFile file = Assert.Single(FileFinder.Find(Request with { Paths = [folder["a.csv"]] }));
        byte[] zip = Zips.Of(("in/a.csv", content));
        File.WriteAllBytes(folder["z.zip"], zip);
        InputFile archive = Assert.Single(FileFinder.Find(Request with { Paths = [folder["z.zip"]] }));
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        foreach (InputFile input in new[] { file, archive })
        {
            FilePiece[] pieces = [.. FilePieces.Read(input, ReaderRegistry.Default, Request, null, TestContext.Current.CancellationToken)];
            Assert.True(pieces.Length > 2);
            Assert.All(pieces, piece => Assert.Equal(hash, piece.File!.Defaults.FileHash));
        }
    }

    [Fact]
    public void Long_records_of_archives_come_in_pieces_too()
    {
        using TemporaryFolder folder = new();
        byte[] content = Make("a.jsonl");
        using (TarWriter tar = new(File.Create(folder["t.tar"])))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "a.jsonl") { DataStream = new MemoryStream(content) });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "b.txt") { DataStream = new MemoryStream("Behind it."u8.ToArray()) });
        }

        FilePiece[] pieces = [.. FilePieces.Read(FileFinder.Find(Request with { Paths = [folder["t.tar"]] }).Single(), ReaderRegistry.Default, Request, null, TestContext.Current.CancellationToken)];
        Assert.Equal("t.tar/b.txt", pieces[^1].File!.Path);
        Assert.InRange(pieces.Length, 6, 10);
        Assert.Equal(Read([Sources.File("t.tar/a.jsonl", content)]), Read([.. pieces[..^1].Select(static piece => piece.File!)]));
    }

    [Fact]
    public void A_line_that_is_too_long_is_passed_over_by_its_number()
    {
        byte[] longest = Encoding.UTF8.GetBytes($"{{\"id\":\"long\",\"text\":\"{new string('x', 40 << 20)}\"}}\n");
        byte[] start = Make("a.jsonl");
        int lines = start.AsSpan().Count((byte)'\n');
        FilePiece[] pieces = [.. Pieces("a.jsonl", new MemoryStream([.. start, .. longest, .. "{\"id\":\"after\",\"text\":\"Behind it.\"}\n{\"id\":\"bad\n"u8]))];
        Rejection refused = Assert.Single(pieces, static piece => piece.Refused is not null).Refused!;
        Assert.Equal($"a.jsonl:{lines + 1}", refused.Path);
        Assert.Contains("a line of more than", refused.Why, StringComparison.Ordinal);
        string[] read = Read([.. pieces.Where(static piece => piece.File is not null).Select(static piece => piece.File!)]);
        Assert.StartsWith("test:after", read[^2], StringComparison.Ordinal);
        Assert.StartsWith($"rejected a.jsonl:{lines + 3} ", read[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.json", "[{\"id\":\"1\",\"text\":\"")]
    [InlineData("a.csv", "id,text\n1,\"a\"\n2,")]
    public void A_record_that_is_too_long_ends_the_file_with_the_reason(string name, string start)
    {
        byte[] content = Encoding.UTF8.GetBytes(start + new string('x', 40 << 20));
        FilePiece last = FilePiece.Guarded(Pieces(name, new MemoryStream(content)), static error => error is JmlrDataException refused ? new Rejection(refused.Path, refused.What) : null).Last();
        Assert.Equal(name, last.Refused!.Path);
        Assert.Contains("more than 16777216 bytes", last.Refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_that_ends_early_gives_what_came_before_and_a_reason_with_the_line()
    {
        byte[] content = Make("pretty.json");
        string[] read = Read([.. Pieces("a.json", new MemoryStream(content[..^400])).Select(static piece => piece.File!)]);
        Assert.InRange(read.Count(static line => !line.StartsWith("rejected", StringComparison.Ordinal)), Records / 2, Records - 2);
        Assert.Matches(@"^rejected a\.json not valid JSON: .*\(line \d{5,6}\)$", read[^1]);
    }

    [Fact]
    public void A_file_that_changes_while_it_is_read_is_refused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.txt"], "Some words.");
        InputFile input = new(folder["a.txt"], "a.txt", new Provenance { Source = "s" });
        using Stream changing = new ChangingStream(folder["a.txt"]);
        string why = Assert.Throws<JmlrDataException>(() => new FileContent(input, ReaderRegistry.Default, Request, null).Read(changing, TestContext.Current.CancellationToken).ToList()).What;
        Assert.StartsWith("changed while it was read", why, StringComparison.Ordinal);
    }

    private static IEnumerable<FilePiece> Pieces(string name, Stream content) =>
        new FileContent(new InputFile(null, name, new Provenance { Source = "test" }), ReaderRegistry.Default, Request, null).Read(content, TestContext.Current.CancellationToken);

    /// <summary>The documents, and what was rejected, one a line.</summary>
    private static string[] Read(SourceFile[] files)
    {
        List<string> lines = [];
        foreach (SourceFile file in files)
        {
            SourceFile told = file with { Reject = error => lines.Add($"rejected {error.Path} {error.What}") };
            try
            {
                lines.AddRange(ReaderRegistry.Default.For(told, file.Part?.Format).Read(told).Select(static document => $"{document.Key}@{document.Version} {document.Title} {document.Text.GetHashCode(StringComparison.Ordinal)}"));
            }
            catch (JmlrDataException error)
            {
                lines.Add($"rejected {error.Path} {error.What}");
            }
        }

        return [.. lines];
    }

    private static byte[] Make(string name)
    {
        StringBuilder text = new(Records * 450);
        text.Append(name switch { "a.json" => "[", "pretty.json" => "\uFEFF[\n", "a.csv" => "id,title,text\r\n", "semicolons.txt" => "id;text;title\n", _ => "" });
        for (int i = 0; i < Records; i++)
        {
            bool bad = i is 100 or (Records / 2) or (Records - 5);
            string words = $"Give {i} mg, [or] {{less}}; then “stop” " + new string((char)('a' + (i % 26)), 330);
            text.Append(name switch
            {
                "a.jsonl" => bad ? "{\"id\":\n" : $"{{\"id\":\"d{i}\",\"title\":\"T {i}\",\"text\":\"{words} \\\"q\\\" \\\\\"}}\n",
                "a.json" => $"{(i == 0 ? "" : ",")}{{\"id\":\"d{i}\",\"{(bad ? "none" : "text")}\":\"{words} \\\"q\\\" \\\\\"}}",
                "pretty.json" => $"  {{\n    \"id\": \"d{i}\",\n    \"{(bad ? "none" : "text")}\": \"{words}\"\n  }}{(i == Records - 1 ? "\n]" : ",")}\n",
                "a.csv" => bad ? $"d{i},T\r\n" : $"d{i},\"T, \"\"{i}\"\"\",\"{words}\r\nand 5\"\" more\"\r\n",
                "a.tsv" => bad ? $"{i}\t\t\n" : $"{i}\t\"{words}\t\"T {i}\"\n",
                "semicolons.txt" => bad ? $"d{i};;\n" : $"d{i};{words.Replace(';', ',')};T\n",
                _ => bad ? $"Which {i}?,{words.Replace(',', ' ')}\n" : $"Which {i}?,\"{words}\",b,\"c\nd\",e,B\n",
            });
        }

        return Encoding.UTF8.GetBytes(text.Append(name == "a.json" ? "]" : "").ToString());
    }

    /// <summary>A stream whose file is another one by the time it ends.</summary>
    private sealed class ChangingStream(string path) : MemoryStream("Some words."u8.ToArray())
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            File.AppendAllText(path, " More words.");
            return base.Read(buffer, offset, count);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            File.AppendAllText(path, " More words.");
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
