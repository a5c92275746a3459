using Jmlr.Ingest.Readers;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>What a user may call a format.</summary>
public sealed class FormatNameTests
{
    [Theory]
    [InlineData("jsonl", "json")]
    [InlineData("ndjson", "json")]
    [InlineData("tsv", "csv")]
    [InlineData("md", "markdown")]
    [InlineData("txt", "text")]
    [InlineData("htm", "html")]
    [InlineData("XHTML", "html")]
    [InlineData(".Json", "json")]
    [InlineData("wav", null)]
    [InlineData("", null)]
    public void A_format_goes_by_its_name_or_the_ending_of_its_files(string name, string? expected) => Assert.Equal(expected, ReaderRegistry.Default.FormatOf(name));

    [Fact]
    public void Every_format_goes_by_its_own_name() => Assert.All(ReaderRegistry.Default.Formats, format => Assert.Equal(format, ReaderRegistry.Default.FormatOf(format)));
}
