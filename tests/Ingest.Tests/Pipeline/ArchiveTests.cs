using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Ingest.Tests.Readers;

namespace Jmlr.Ingest.Tests.Pipeline;

public class ArchiveTests
{
    private static (IngestResult Result, string[] Keys) Ingest(string path, Stream? input = null)
    {
        using TemporaryFolder folder = new();
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        IngestResult result = new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(new IngestRequest { Paths = [path], Source = "s", StandardInput = input }, cancellation: TestContext.Current.CancellationToken);
        return (result, [.. store.Documents.Select(d => d.Key.Name)]);
    }

    private static (IngestResult Result, string[] Keys) Ingest(string name, byte[] content)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder[name], content);
        return Ingest(folder[name]);
    }

    private static byte[] Tar(bool gzip, params TarEntry[] entries)
    {
        using MemoryStream bytes = new();
        using (Stream stream = gzip ? new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true) : bytes)
        using (TarWriter tar = new(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (TarEntry entry in entries)
            {
                tar.WriteEntry(entry);
            }
        }

        return bytes.ToArray();
    }

    private static PaxTarEntry Entry(string name, string text) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };

    [Fact]
    public void Files_of_archives_are_read_by_their_content_whatever_the_name_of_the_archive()
    {
        byte[] docx = Zips.Of(("word/document.xml", "<d xmlns:w='x'><w:body><w:p><w:r><w:t>Word.</w:t></w:r></w:p></w:body></d>"), ("[Content_Types].xml", "<a/>"));
        byte[] zip = Zips.Of(("b/page.html", Encoding.UTF8.GetBytes("<html><body><p>Two.</p></body></html>")), ("a.txt", "One."u8.ToArray()), ("c.docx", docx), (".hidden", "x"u8.ToArray()), ("LICENSE", "x"u8.ToArray()), ("__MACOSX/a.txt", "x"u8.ToArray()));
        (IngestResult result, string[] keys) = Ingest("things.bin", zip);
        Assert.Empty(result.Rejected);
        Assert.Equal(["things.bin/a", "things.bin/b/page", "things.bin/c.docx"], keys.Order());
        (result, keys) = Ingest("x.docx", docx);
        Assert.Equal(["x.docx"], keys);
        foreach (bool gzip in new[] { false, true })
        {
            (result, keys) = Ingest("t", Tar(gzip, Entry("a.txt", "One."), Entry("d/b.txt", "Two.")));
            Assert.Equal(["t/a", "t/d/b"], keys.Order());
        }

        (result, keys) = Ingest("-", new MemoryStream(zip));
        Assert.Equal(3, keys.Length);
    }

    [Fact]
    public void Names_that_lead_out_links_and_archives_inside_are_rejected_and_the_rest_is_read()
    {
        byte[] inner = Tar(gzip: true, Entry("x.txt", "x"));
        (IngestResult result, string[] keys) = Ingest("z.zip", Zips.Of(("../up.txt", "x"u8.ToArray()), ("/abs.txt", "x"u8.ToArray()), ("a\\b.txt", "x"u8.ToArray()), ("good.txt", "Good."u8.ToArray()), ("in.tgz", inner)));
        Assert.Equal(["z.zip/good"], keys);
        Assert.Equal(4, result.Rejected.Count);
        Assert.Equal(3, result.Rejected.Count(r => r.Why.Contains("out of the archive", StringComparison.Ordinal)));
        Assert.Contains(result.Rejected, r => r.Path == "z.zip/in.tgz" && r.Why.Contains("inside an archive", StringComparison.Ordinal));
        (result, keys) = Ingest("t.tar", Tar(false, new PaxTarEntry(TarEntryType.SymbolicLink, "loop") { LinkName = "loop" }, new PaxTarEntry(TarEntryType.HardLink, "hard") { LinkName = "/etc/passwd" }, Entry("../../up", "x"), Entry("good.txt", "Good.")));
        Assert.Equal(["t.tar/good"], keys);
        Assert.Equal(3, result.Rejected.Count);
    }

    [Fact]
    public void Bombs_and_damaged_archives_are_refused()
    {
        (IngestResult result, string[] keys) = Ingest("bomb.zip", Zips.Of(("zeros.txt", new byte[100 << 20])));
        Assert.Contains("200 times", Assert.Single(result.Rejected).Why, StringComparison.Ordinal);
        Assert.Empty(keys);
        byte[] whole = Tar(false, Entry("a.txt", new string('a', 3000)), Entry("b.txt", "b"));
        (result, _) = Ingest("cut.tar", whole[..2000]);
        Assert.NotEmpty(result.Rejected);
        (result, _) = Ingest("cut.zip", Zips.Of(("a.txt", "x"))[..40]);
        Assert.Contains("damaged", Assert.Single(result.Rejected).Why, StringComparison.Ordinal);
        Random random = new(9);
        byte[] zip = Zips.Of(("a.txt", "Some text."), ("b.html", "<p>More</p>"));
        byte[] packed = Tar(true, Entry("a.txt", "Some text."));
        for (int i = 0; i < 60; i++)
        {
            byte[] bytes = [.. i % 3 == 0 ? zip : i % 3 == 1 ? packed : whole];
            bytes[random.Next(4, bytes.Length)] = (byte)random.Next(256);
            Ingest("m", bytes);
        }
    }

    [Fact]
    public void Times_that_are_out_of_range_and_damage_end_no_ingestion()
    {
        PaxTarEntry late = Entry("b.txt", "Two.");
        late.ModificationTime = DateTimeOffset.UnixEpoch.AddTicks(12_345_678_901_234_567);
        byte[] tar = Tar(false, Entry("a.txt", "One."), late);
        int time = tar.AsSpan().LastIndexOf("mtime="u8) + "mtime=".Length;
        tar.AsSpan(time, tar.AsSpan(time).IndexOf((byte)'\n')).Fill((byte)'9'); // in whole seconds: thousands of millions of years
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.tar"], tar);
        tar[tar.AsSpan().LastIndexOf("b.txt"u8)]++; // the checksum no longer fits
        File.WriteAllBytes(folder["b.tar"], tar);
        File.WriteAllText(folder["z.txt"], "After them.");
        (IngestResult result, string[] keys) = Ingest(folder.Path);
        Assert.Equal(("b.tar", "a damaged tar archive"), (Assert.Single(result.Rejected).Path, result.Rejected[0].Why));
        Assert.Equal(["a.tar/a", "a.tar/b", "b.tar/a", "z"], keys.Order());
    }

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Tar_archives_of_every_form_give_what_the_runtime_wrote(TarEntryFormat form)
    {
        string name = string.Join('/', Enumerable.Repeat("a folder with ü", form == TarEntryFormat.V7 ? 3 : 8)) + "/", longer = form is TarEntryFormat.Pax or TarEntryFormat.Gnu ? new string('n', 300) : "n";
        (string Name, string Text)[] files = [("first.txt", ""), (name + longer + ".txt", new string('x', 511)), (name + "b.txt", new string('y', 1024)), ("last.txt", "z")];
        using MemoryStream bytes = new();
        using (TarWriter writer = new(bytes, form, leaveOpen: true))
        {
            if (form == TarEntryFormat.Pax)
            {
                writer.WriteEntry(new PaxGlobalExtendedAttributesTarEntry(new Dictionary<string, string> { ["comment"] = "c" }));
            }

            foreach ((string path, string text) in files)
            {
                TarEntryType type = form == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile;
                TarEntry entry = form switch { TarEntryFormat.V7 => new V7TarEntry(type, path), TarEntryFormat.Ustar => new UstarTarEntry(type, path), TarEntryFormat.Pax => new PaxTarEntry(type, path), _ => new GnuTarEntry(type, path) };
                entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
                writer.WriteEntry(entry);
            }
        }

        bytes.Position = 0;
        TarFiles tar = new(bytes, "a.tar");
        List<(string, string)> read = [];
        while (tar.Next(out string path, out TarKind kind))
        {
            using StreamReader reader = new(tar.Content());
            Assert.Equal(TarKind.File, kind);
            read.Add((path, path == "last.txt" ? reader.ReadToEnd() : path == files[2].Name ? files[2].Text : reader.ReadToEnd())); // one is passed over without being read
        }

        Assert.Equal(files, read);
    }

    [Fact]
    public void A_header_that_claims_a_long_name_takes_no_memory()
    {
        byte[] tar = Tar(false, Entry("a.txt", "One."));
        Assert.Equal((byte)'x', tar[156]);
        "77777777777"u8.CopyTo(tar.AsSpan(124));
        tar.AsSpan(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte one in tar.AsSpan(0, 512))
        {
            sum += one;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(tar, 148);
        Assert.Contains("a name of 8589934591 bytes", Assert.Single(Ingest("a.tar", tar).Result.Rejected).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_folders_that_go_in_circles_end()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["good.txt"], "Good.");
        Directory.CreateSymbolicLink(folder["round"], folder.Path);
        File.CreateSymbolicLink(folder["one"], folder["two"]);
        File.CreateSymbolicLink(folder["two"], folder["one"]);
        (IngestResult result, string[] keys) = Ingest(folder.Path);
        Assert.Equal(["good"], keys);
        Assert.Equal(2, result.Rejected.Count);
    }
}
