using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Every hostile input ends in text or in an error of ours, in bounded time.</summary>
public class HostileInputTests
{
    public static TheoryData<string, string> Inputs => new()
    {
        { "deep.html", "<html><body>" + string.Concat(Enumerable.Repeat("<div>", 100_000)) + "x" },
        { "deep-list.html", "<html><body>" + string.Concat(Enumerable.Repeat("<ul><li>", 50_000)) + "x" },
        { "deep-table.html", "<html><body>" + string.Concat(Enumerable.Repeat("<table><tr><td>", 50_000)) + "x" },
        { "spans.html", "<html><body><table>" + string.Concat(Enumerable.Repeat("<tr><td colspan=1000000000 rowspan=1000000000>x</td><td>y</td></tr>", 2000)) + "</table>" },
        { "attributes.html", "<html><body><p " + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"a{i}=1 ")) + ">x</p>" },
        { "unclosed.html", "<html><body><p>text <b>bold <i>it <table><tr><td>cell <ul><li>item <!-- no end" },
        { "entities.html", "<html><body><p>&#x1b;[31m &#0; &#xD800; &#99999999; &bogus; &lt;script&gt;</p>" },
        { "deep.md", string.Concat(Enumerable.Repeat("> ", 20_000)) + "x" },
        { "deep-list.md", string.Concat(Enumerable.Range(0, 2000).Select(i => new string(' ', 2 * i) + "- x\n")) },
        { "brackets.md", "# x\n\n" + new string('[', 50_000) },
        { "emphasis.md", "# x\n\n" + string.Concat(Enumerable.Repeat("*a_ ", 30_000)) },
        { "deep.json", new string('[', 100_000) },
        { "deep.jsonl", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "\n{\"question\":\"q\"}\n" },
        { "yaml.md", "---\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: " + new string('[', 30_000) + "\n---\ntext\n" },
        { "line.txt", new string('a', 3_000_000) },
        { "words.txt", string.Concat(Enumerable.Repeat("word ", 400_000)) },
        { "dots.txt", string.Concat(Enumerable.Repeat(". ", 200_000)) + "(" + new string('(', 100_000) },
        { "escapes.txt", string.Concat(Enumerable.Repeat("\e[", 200_000)) + "x" },
    };

    [Theory]
    [MemberData(nameof(Inputs), DisableDiscoveryEnumeration = true)]
    public void Hostile_text_is_read_or_refused(string path, string content)
    {
        try
        {
            foreach (Document document in Sources.All(path, content))
            {
                Sources.CheckStructure(document);
                Assert.NotEmpty(new Jmlr.Ingest.Chunking.Chunker(new Chunking.WordTokenizer()).Chunk(document));
            }
        }
        catch (JmlrDataException error)
        {
            Assert.InRange(error.Message.Length, 10, 500);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Theory]
    [InlineData("x.txt", new byte[] { (byte)'a', 0, (byte)'b', (byte)'c' }, "zero byte")]
    [InlineData("x.pdf", new byte[] { (byte)'%', (byte)'P', (byte)'D', (byte)'F', (byte)'-', (byte)'1' }, "damaged PDF")]
    [InlineData("x.html", new byte[0], "empty")]
    [InlineData("x.html", new byte[] { (byte)'<', (byte)'p', (byte)'>' }, "no text")]
    [InlineData("x.bin", new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 200, 201 }, "format")]
    public void Binary_and_empty_files_are_refused_with_the_reason(string path, byte[] content, string why) =>
        Assert.Contains(why, Assert.Throws<JmlrDataException>(() => Sources.All(path, content)).What, StringComparison.Ordinal);

    [Theory]
    [InlineData("a.txt", "", 'x', 49)]
    [InlineData("a.html", "<html><body>", 'x', 17)]
    [InlineData("a.xml", "<?xml version=\"1.0\"?><a>", 'x', 25)]
    public void Files_that_would_take_too_much_memory_are_refused_before_they_do(string path, string start, char more, int megabytes)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes(start), .. Enumerable.Repeat((byte)more, megabytes << 20)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        string why = Assert.Throws<JmlrDataException>(() => Sources.All(path, content)).What;
        Assert.Contains("are read", why, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 160 << 20);
    }

    [Fact]
    public void Mutated_pages_never_break_a_reader()
    {
        byte[] seed = Encoding.UTF8.GetBytes("<html><head><meta name=\"jmlr:key\" content=\"k\"></head><body><h1>T</h1><p><b>B</b></p><table><tr><th>H</th><th>I</th></tr><tr><td rowspan=2>1</td><td>2</td></tr></table><ul><li>a<ul><li>b</li></ul></li></ul><p>Grade: A</p></body></html>");
        byte[] markdown = Encoding.UTF8.GetBytes("---\ntitle: x\n---\n# T\n\n- a\n  - b[^1]\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[^1]: n\n\n??? note \"x\"\n    y\n{: a=\"b\"}\n");
        byte[] json = Encoding.UTF8.GetBytes("{\"id\":\"1\",\"question\":\"q\",\"options\":{\"A\":\"x\"},\"answer\":\"A\",\"reasoning\":\"r\"}\n");
        Random random = new(11);
        for (int i = 0; i < 3000; i++)
        {
            (string path, byte[] source) = (i % 3) switch { 0 => ("m.html", seed), 1 => ("m.md", markdown), _ => ("m.jsonl", json) };
            byte[] bytes = [.. source];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                int at = random.Next(bytes.Length);
                switch (random.Next(3))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]]; break;
                    default: bytes = [.. bytes[..at], .. bytes[..random.Next(bytes.Length)], .. bytes[at..]]; break;
                }

                if (bytes.Length == 0)
                {
                    break;
                }
            }

            try
            {
                SourceFile file = Sources.File(path, bytes);
                foreach (Document document in ReaderRegistry.Default.For(file).Read(file))
                {
                    Sources.CheckStructure(document);
                }
            }
            catch (JmlrDataException)
            {
            }
        }
    }
}
