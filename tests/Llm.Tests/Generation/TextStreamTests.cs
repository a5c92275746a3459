using System.Text;
using Jmlr.Llm.Generation;

namespace Jmlr.Llm.Tests.Generation;

public sealed class TextStreamTests
{
    [Fact]
    public void Gives_out_whole_characters_only()
    {
        List<string> pieces = [];
        var stream = new TextStream([], pieces.Add);
        foreach (byte b in "a µ ≥ 😀 z"u8)
        {
            Assert.False(stream.Add([b]));
        }

        Assert.False(stream.Finish());
        Assert.Equal("a µ ≥ 😀 z", stream.Text);
        Assert.Equal(["a", " ", "µ", " ", "≥", " ", "😀", " ", "z"], pieces);
    }

    [Fact]
    public void Broken_characters_become_replacement_characters()
    {
        var stream = new TextStream([], null);
        stream.Add([0xE2, 0x89]);
        stream.Add("x"u8);
        stream.Add([0xF0]);
        stream.Finish();
        Assert.Equal("\uFFFDx\uFFFD", stream.Text);
    }

    [Theory]
    [InlineData("one two END three", "one two ")]
    [InlineData("EN", "EN")]
    [InlineData("E\nEND", "E\n")]
    [InlineData("EEND", "E")]
    [InlineData("nothing", "nothing")]
    public void Stops_before_the_stop_text_however_it_arrives(string text, string expected)
    {
        List<string> pieces = [];
        var stream = new TextStream(["END", "\n\n"], pieces.Add);
        bool stopped = Encoding.UTF8.GetBytes(text).Any(b => stream.Add([b])) || stream.Finish();
        Assert.Equal(expected, stream.Text);
        Assert.Equal(expected, string.Concat(pieces));
        Assert.Equal(text.Contains("END", StringComparison.Ordinal), stopped);
    }
}
