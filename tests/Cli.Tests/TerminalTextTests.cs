using Jmlr.Cli.Terminal;
using Jmlr.Models.Progress;

namespace Jmlr.Cli.Tests;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain ≥ 5 mg", "plain ≥ 5 mg")]
    [InlineData("\u001b[31mred\u001b[0m", "[31mred[0m")]
    [InlineData("a\u0007b\u009bc\u007f", "abc")]
    [InlineData("dose\u202e gm 5", "dose gm 5")]
    [InlineData("tab\tand\nline stay", "tab\tand\nline stay")]
    public void What_could_steer_a_terminal_is_taken_out(string text, string expected) => Assert.Equal(expected, TerminalText.Clean(text));

    [Fact]
    public void Lines_are_wrapped_at_the_width()
    {
        string wrapped = TerminalText.Wrap(string.Join(' ', Enumerable.Repeat("word", 50)), 40, "  ");
        Assert.All(wrapped.Split('\n'), line => Assert.True(line.Length <= 40 && line.StartsWith("  ", StringComparison.Ordinal)));
        Assert.Equal(50, wrapped.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Progress_shows_share_rates_and_time_left()
    {
        string line = ProgressLine.Format(new ProgressReport("encode", 250, 1000, "passages", 30_000, "tokens"), TimeSpan.FromSeconds(10));
        Assert.Contains(" 25%", line, StringComparison.Ordinal);
        Assert.Contains("250/1,000 passages", line, StringComparison.Ordinal);
        Assert.Contains("25 passages/s", line, StringComparison.Ordinal);
        Assert.Contains("3,000 tokens/s", line, StringComparison.Ordinal);
        Assert.Contains("0:30 left", line, StringComparison.Ordinal);
    }
}
