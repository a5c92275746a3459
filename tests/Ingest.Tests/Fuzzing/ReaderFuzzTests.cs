using System.Globalization;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>Whatever a file holds, its reader gives documents whose passages cover every word, or refuses it by name.</summary>
public sealed class ReaderFuzzTests
{
    // A longer run: JMLR_TEST_FUZZ=1000000. One execution again: its number in JMLR_TEST_FUZZ_FROM, and JMLR_TEST_FUZZ=1.
    private static readonly int Executions = Number("JMLR_TEST_FUZZ", 300), From = Number("JMLR_TEST_FUZZ_FROM", 0);

    private static readonly FuzzTarget[] All =
    [
        TextTargets.Html, TextTargets.GuidelinePage, TextTargets.Markdown, TextTargets.Xml, TextTargets.Json, TextTargets.JsonLines, TextTargets.Table, TextTargets.Source,
        PackageTarget.Docx, PackageTarget.Epub, new PdfTarget(), new ParquetTarget(), ArchiveTarget.Zip, ArchiveTarget.Tar, ArchiveTarget.TarGzip, ArchiveTarget.Gzip,
    ];

    // Only one reader: its name in JMLR_TEST_FUZZ_TARGET.
    public static TheoryData<string> Targets => [.. All.Select(static target => target.Name).Where(static name => Environment.GetEnvironmentVariable("JMLR_TEST_FUZZ_TARGET") is not string one || one == name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Changed_files_are_read_or_refused_by_name(string name)
    {
        FuzzTarget target = Target(name);
        Assert.All(target.Seeds, seed => Assert.True(target.Run(seed) > 0, $"a seed of {name} gives no document"));
        FuzzLoop loop = new(target);
        loop.Run(From, Executions);
        Assert.True(loop.Findings.Count == 0, string.Join("\n", loop.Findings.Select(static pair => $"{pair.Key}\n    {pair.Value}")));
        Assert.True(Executions < 100 || (loop.Read > Executions / 20 && loop.Refused > Executions / 100), $"{loop.Read} read and {loop.Refused} refused: the changes are too harmless or too harsh");
    }

    // What the long runs found, as small as it stays found.
    [Theory]
    [InlineData("json", "W3siXHVkODBkIjoiIiwiIjoiIiwiIjoiIn1d")] // half a surrogate pair in a name
    [InlineData("csv", "CXMKYQ==")] // a name over an empty field stood in no passage
    [InlineData("csv", "cXVlc3Rpb24JcwlhbnN3ZXI=")] // names of columns and no row: neither a document nor a reason
    [InlineData("source.json", "eyJwdWJsaXNoZVxuciI6")] // a line break in a name that the reason has
    [InlineData("csv", "LCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiwsLCwsRAosLCwsLEQKLCwsLCxECiws")] // a question with too few fields below sound ones
    [InlineData("html", "PGh0bWw+PGJvZHk+PHA+U29tZSB0ZXh0IGJlZm9yZSB0aGUgdGFibGUgc28gdGhhdCBpdCBpcyBhIHBhZ2UuPC9wPjx0YWJsZT48dHI+PHRkIGNvbHNwYW49OTk5PndpZGU8L3RkPjx0ZD5sYXRlcjwvdGQ+PC90cj48dHI+PHRkPm9uZTwvdGQ+PHRkPnR3bzwvdGQ+PC90cj48L3RhYmxlPjwvYm9keT48L2h0bWw+")] // a cell behind one over more columns than are kept
    [InlineData("pdf", "JQoxIDAgb2JqPDwvLy9QYWdlcyAyIDBSPj5lbmRvYmoKMiAwIG9iajw8Ly8vS2lkc1s1IDBSXT4+ZW5kb2JqCjQgMCBvYmo8PC8vLy8vQmFzZUZvbnQvPj5lbmRvYmoKNSAwIG9iajw8L1Jlc291cmNlczw8L0ZvbnQ8PC9GMiA0IDBSPj4+Pi9Db250ZW50cyA2IDBSPj5lbmRvYmoKNiAwIG9iajw8L0xlbmd0aCA5Pj5zdHJlYW0KL0YyIDBUZiAxZTM0MCAwVGQoMSApVGogZW5kc3RyZWFtCnRyYWlsZXIKPDwvU2l6ZSA3L1Jvb3QgMSAwUj4+eHJlZg==")] // a word at an infinite place
    [InlineData("markdown", "LS0tCnRpdGxlOiBmZXZlcgo6IGIKLS0tCiMgRmV2ZXIKZQ==")] // a heading that is the title in other capitals stood in no passage
    [InlineData("parquet", "UEFSMRVQQVIxAhk8SARyb290FQQAFQwlAhgFdGl0bGUlAEwcAAAAFQwlAhgHY29udGVudCUATBwAAAAWAhkcGSwmCBwVDBklAAYZGAV0aXRsZRUCFgIWWBZcJgg8GAFUGAFUFgBFAVQYAVQAAAAmZBwVDBklAAYZGAdjb250ZW50FQIWAhbkARbohgAAAFBBUjE=")] // fields of other types than they should be led beyond the end, for ever
    [InlineData("parquet", "UEFSMRUCGXxIBHJvb3QVCAAVDCUCGAJpZCUATBwAAAAVDCUCGAhxdWVzdGlvbiUATBwAAAA1AhgHb3B0aW9ucxUCFQZMPAAAADUEGARsaXN0FQIAFQwlAhgHZWxlbWVudCUATBwAAAAVAiUAGAR5ZWFyJSJMrBMgEQAAABYEGRwZTCYIHBUMGSUABhkYAmlkFQIWBBZiFmYmCDwYATIYATEWACgBMhgBMQAAACZuHBUMGSUABhkYCHF1ZXN0aW9uFQIWBBaSARaWASZuPBgEV2h5PxgGV2hpY2g/FgAoBFdoeT8YBldoaWNoPwAAACaEAhwVDBklAAYZOAdvcHRpb25zBGxpc3QHZWxlbWVudBUCFgYWehZ+JoQCPBgBeRgBeBYCKAF5GAF4AAAAJoIDHBUCGSUABhkYBHllYXIAAQAAFmoWbiaCAzwYBGNvbnRlbnQHAAAAUEFSMRgEAAAAABYAKAQHAAAAGAQAAAAAAAAAFtgDFgQ26AMAKEpQYXJxdWV0Lk5ldCB2ZXJzaW9uIDYuMS4wIChidWlsZCBjMTc5ZDk3YmQyNTQ5YjVmNDRhOTI0MWU3MjlmODY5ZDQ5NDdlZTU5KQDDAQAAUEFSMQ==")] // a struct that nobody knows was passed over wrongly, for ever
    [InlineData("parquet", "UEFSMRUAFRYVGiwVAhUAFQYVBhwYAVQYAVQWACgBVBgBVAAAAAsoAgAAAAIBAQAAAFQVABUyFTYsFQIVABUGFQYcGA8jIFQKU29tZSB3b3Jkcy4YDyMgVApTb21lIHdvcmRzLhYAKA8jIFQKU29tZSB3b3Jkcy4YDyMgVApTb21lIHdvcmRzLgAAABlgAgAAAAIBDwAAACMgVApTb21lIHdvcmRzLhUCGTxIBHJvb3QVBAAVDCUCGAV0aXRsZSUATBwAAAAVDCUCGAdjb250ZW50JQBMHAAAABYCGRwZLCYIHBUMGSUABhkYBXRpdGxlFQIWAhZYFlwmCDwYAVQYAVQWACgBVBgBVAAAACZkHBUMGSUABhkYB2NvbnRlbnQVAhYCFuQBFugBJmQ8GA8jIFQKU29tZSB3b3Jkcy4YDyMgVApTb21lIHdvcmRzLhYAKA8jIFQKU29tZSB3b3Jkcy4YDyMgVApTb21lIHdvcmRzLgAAABa8AhbigK4CNsQCAChKUGFycXVldC5OZXQgdmVyc2lvbiA2LjEuMCAoYnVpbGQgYzE3OWQ5N2JkMjU0OWI1ZjQ0YTkyNDFlNzI5Zjg2OWQ0OTQ3ZWU1OSkAKAEAAFBBUjE=")] // more rows than any column has values: room was made for all of them (161076)
    [InlineData("parquet", "UEFSMRUAFSAVJCwVBBUAFQYVBhwYATIYATEWACgBMhgBMQAAABA8AgAAAAQBAQAAADEBAAAAMhUAFTAVNCwVBBUAFQYVBhwYBFdoeT8YBldoaWNoPxYAKARXaHk/GAZXaGljaD8AAAAYXAIAAAAEAQYAAABXaGljaD8EAAAAV2h5PxUAFTgVPCwVBhUAFQYVBhwYAXkYAXgWAigBeRgBeAAAABxsBgAAAAIAAgECAAQAAAAEAwIAAQAAAHgBAAAAeRUAFRAVFCwVBBUAFQYVBhwYBAcAAAAYBAAAAAAWACgEBwAAABgEAAAAAAAAAAgcBwAAAAAAAAAVAhl8SARyb290FQgAFQwlAhgCaWQlAEwcAAAAFQwlAhgIcXVlc3Rpb24lAEwcAAAANQIYB29wdGlvbnMVAhUGTDwAAAA1BBgEbGlzdBUCABUMJQIYB2VsZW1lbnQlAEwcAAAAFQIlABgEeWVhciUiTKwTIBEAAAAWBBkcGUwmCBwVDBklAAYZGAJpZBUCFgQWYhZmJgg8GAEyGAExFgAoATIYATEAAAAmbhwVDBklAAYZGAhxdWVzdGlvbhUCFgQWkgEWlgEmbjwYBFdoeT8YBldoaWNoPxYAKARXaHk/GAZXaGljaD8AAAAmhAIcFQwZJQAGGTgHb3B0aW9ucwRsaXN0B2VsZW1lbnQVAhYGFnoWfiaEAjwYAXkYAXgWAgBXaHk/FQAVOBU8LBUGFQAVBhUGHBgBeRgBeBYCKAF5GAF4AAAAHGwGAAAAAgACAQIABAAAAAQDAgABAAAAeAEAAAB5FQAVEBUULBUEFQAVBhUGHBgEBwAAABgEAAAAABYAKAQHAAAAGAQAAAAAAAAACBwHAAAAAAAAABUCGXxIBHJvb3QVCAAVDCUCGAJpZCUATBwAAAAVDCUCGAhxdWVzdGlvbiUATBwAAAA1AhgHb3B0aW9ucxUCFQZMPAAAAAgBeRgBeAAAACaCAxwVAhklAAYZGAR5ZWFyFQIWBBZqFm4mggM8GAQHAAAAGAQAAAAAFgAoBAcAAAAYBAAAAAAAAAAW2AMWBDk5OTk5OTk5OTk5OTk5OTk5OTk56AMAKEpQYXJxdWV0Lk5ldCB2ZXJzaW9uIDYuMS4wIChidWlsZCBjMTc5ZDk3YmQyNTQ5YjVmNDRhOTI0MWU3MjlmODY5ZDQ5NDdlZTU5KQCLAgAAUEFSMQ==")] // unknown fields of types that were passed over wrongly, for ever (336160)
    [InlineData("parquet", "UEFSMRUCAgAAAFBBUjE=")] // a footer that ends early: its numbers were read for ever
    public void What_was_found_is_read_or_refused_by_name(string name, string input)
    {
        FuzzLoop loop = new(Target(name));
        loop.Run(Convert.FromBase64String(input), "finding");
        Assert.Empty(loop.Findings);
        Assert.Equal(1, loop.Read + loop.Refused);
    }

    /// <summary>The gutter between columns was sought at every second point of a page, however wide (pdf 351303): more memory than the watch of the loop allows.</summary>
    [Theory]
    [InlineData("(a) Tj 0 -20 Td ", 30, "6000000 0 Td (b) Tj")]
    [InlineData("(Drug) Tj 140 0 Td (Dose) Tj 0 -30 Td ", 320, "")]
    public void Words_of_a_PDF_that_are_far_apart_are_read_in_bounded_memory(string row, int times, string end)
    {
        FuzzLoop loop = new(Target("pdf"));
        loop.Run(PdfTarget.Pdf($"BT /F2 10 Tf 60 800 Td {string.Concat(Enumerable.Repeat(row, times))}{end} ET"), "finding");
        Assert.Empty(loop.Findings);
        Assert.Equal(1, loop.Read);
    }

    [Fact]
    public void The_reason_of_broken_JSON_does_not_hold_a_whole_value()
    {
        FuzzLoop loop = new(TextTargets.Json);
        loop.Run(System.Text.Encoding.UTF8.GetBytes("{\"a\":tru" + new string('e', 3000)), "finding");
        Assert.Empty(loop.Findings);
    }

    private static FuzzTarget Target(string name) => Array.Find(All, target => target.Name == name)!;

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
