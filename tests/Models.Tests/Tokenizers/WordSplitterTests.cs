using System.Text;
using System.Text.RegularExpressions;
using Jmlr.Models.Tokenizers.ByteLevel;

namespace Jmlr.Models.Tests.Tokenizers;

/// <summary>The splitters against the published patterns run as regular expressions (which see surrogates apart: BMP texts only).</summary>
public sealed class WordSplitterTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] Parts =
        [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "a", "B", "it", "'s", "'LL", "'re", "'", "'v", "5", "38", "\u0665", "\u2167", "\u00b2", ".", "!?", "\u0301", "\u03b2", "\u4e2d", "_", "\0", "<|x|>"];

    [Theory]
    [InlineData("gpt-2", Gpt2)]
    [InlineData("llama-bpe", Llama3)]
    [InlineData("smollm", Gpt2)]
    public void Splits_like_the_pattern(string name, string pattern)
    {
        Regex regex = new(pattern, RegexOptions.CultureInvariant);
        WordSplitter splitter = WordSplitter.Named(name)!;
        Random random = new(20260101);
        for (int round = 0; round < 4000; round++)
        {
            StringBuilder text = new();
            for (int i = random.Next(1, 12); i > 0; i--)
            {
                text.Append(Parts[random.Next(Parts.Length)]);
            }

            string sample = text.ToString();
            string[] pieces = name == "smollm" ? [.. Regex.Split(sample, @"(\p{N})").Where(part => part.Length > 0)] : [sample];
            List<string> expected = [.. pieces.SelectMany(piece => regex.Matches(piece).Select(match => match.Value))];
            Assert.Equal(expected, Split(splitter, sample));
        }
    }

    [Theory]
    [InlineData("gpt-2", "a \ud835\udc00\ud835\udc01 b", "a| \ud835\udc00\ud835\udc01| b")]
    [InlineData("smollm", "x \ud835\udfcf\ud835\udfd0", "x| |\ud835\udfcf|\ud835\udfd0")]
    [InlineData("llama-bpe", "\ud83d\ude00abc 1234", "\ud83d\ude00abc| |123|4")]
    [InlineData("gpt-2", "a\ud83d b", "a|\ud83d| b")]
    public void Sees_characters_beyond_the_basic_plane_whole(string name, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Split(WordSplitter.Named(name)!, text)));

    [Fact]
    public void Other_names_have_no_splitter() => Assert.Null(WordSplitter.Named("qwen2"));

    private static List<string> Split(WordSplitter splitter, string text)
    {
        List<string> words = [];
        for (int at = 0; at < text.Length;)
        {
            int end = splitter.Next(text, at);
            Assert.InRange(end, at + 1, text.Length);
            words.Add(text[at..end]);
            at = end;
        }

        return words;
    }
}
