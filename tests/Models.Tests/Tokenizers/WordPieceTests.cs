using System.Text;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class WordPieceTests
{
    private static readonly string[] Pieces =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]", "[unused1]", "fever", "##ish", "fe", "##ver", "<", "38", ".", "5", "cafe", "##s",
        "[", "]", "mask", "\u4e2d", "\u1112", "##\u1161", "##\u11ab", "=", "a", "##b",
    ];

    private static WordPieceTokenizer Small(bool parse = false) =>
        WordPieceTokenizer.FromVocabulary(Encoding.UTF8.GetBytes(string.Join('\n', Pieces) + "\n"), new WordPieceOptions { ParseSpecialTokens = parse });

    private static string Show(WordPieceTokenizer tokenizer, string text)
    {
        List<TokenSpan> spans = [];
        tokenizer.Encode(text, spans);
        Assert.Equal(spans.Count, tokenizer.Count(text));
        return string.Join(' ', spans.Select(span => $"{tokenizer.TokenOf(span.Id)}@{span.Start}-{span.End}"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(" \t\n", "")]
    [InlineData("Feverish", "fever@0-5 ##ish@5-8")]
    [InlineData("FEVER<38.5", "fever@0-5 <@5-6 38@6-8 .@8-9 5@9-10")]
    [InlineData("fevering", "[UNK]@0-8")]
    [InlineData("Caf\u00e9s", "cafe@0-4 ##s@4-5")]
    [InlineData("Cafe\u0301s", "cafe@0-4 ##s@5-6")]
    [InlineData("fe\u00adver", "fever@0-6")]
    [InlineData("fever\u4e2dfever", "fever@0-5 \u4e2d@5-6 fever@6-11")]
    [InlineData("\ud55c", "\u1112@0-1 ##\u1161@0-1 ##\u11ab@0-1")]
    [InlineData("\u2260", "=@0-1")]
    [InlineData("fever\ud83d", "fever@0-5")]
    [InlineData("\ud83d\ude00 5", "[UNK]@0-2 5@3-4")]
    [InlineData("fever\u2028fever", "fever@0-5 fever@6-11")]
    [InlineData("[MASK]", "[@0-1 mask@1-5 ]@5-6")]
    public void Splits_and_keeps_offsets(string text, string expected) => Assert.Equal(expected, Show(Small(), text));

    /// <summary>Words near the end of a text are looked for letter by letter, others all at once.</summary>
    [Theory]
    [InlineData("fever")]
    [InlineData("FEVER")]
    [InlineData("fe\u00adver")]
    [InlineData("fever\u0301")]
    [InlineData("fever\u00e9")]
    [InlineData("fever\0a")]
    [InlineData("fever\u007f")]
    [InlineData("fever_a")]
    [InlineData("feverish")]
    [InlineData("a5a")]
    [InlineData("abcdefghijklmno")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("abcdefghijklmnopq")]
    [InlineData("(a)[5]<38>")]
    public void A_word_is_the_same_wherever_it_stands(string word)
    {
        string[] pieces = [.. Pieces, "abcdefghijklmno", "abcdefghijklmnop", "##p", "##q", "_", "(", ")", ">"];
        foreach (bool lower in (bool[])[true, false])
        {
            WordPieceTokenizer tokenizer = WordPieceTokenizer.FromVocabulary(Encoding.UTF8.GetBytes(string.Join('\n', pieces) + "\n"), new WordPieceOptions { LowerCase = lower });
            foreach (string after in (string[])[" ", "\n", "\t", "\r", ".", "]"])
            {
                string last = Show(tokenizer, word + after);
                Assert.Equal(last, Show(tokenizer, word + after + new string(' ', 40)));
            }
        }
    }

    [Fact]
    public void Parses_special_tokens_only_when_asked()
    {
        Assert.Equal("a@0-1 [MASK]@1-7 a@7-8", Show(Small(parse: true), "a[MASK]a"));
        Assert.Equal("[@0-1 mask@1-5 ]@5-6", Show(Small(parse: true), "[mask]"));
        Assert.Equal("[CLS]@0-5 [SEP]@5-10", Show(Small(parse: true), "[CLS][SEP]"));
    }

    [Fact]
    public void A_word_of_more_than_100_characters_is_unknown()
    {
        Assert.Equal(100, Small().Count("a" + new string('b', 99)));
        Assert.Equal("[UNK]@0-101", Show(Small(), "a" + new string('b', 100)));
        Assert.Equal("[UNK]@1-50001 a@50002-50003", Show(Small(), " a" + new string('b', 49999) + " a"));
    }

    [Fact]
    public void Exposes_the_special_ids_and_decodes()
    {
        WordPieceTokenizer tokenizer = Small();
        Assert.Equal((0, 1, 2, 3, 4, 5, 6), (tokenizer.Pad, tokenizer.Unk, tokenizer.Cls, tokenizer.Sep, tokenizer.Mask, tokenizer.Unused0, tokenizer.Unused1));
        Assert.Equal("feverish cafes", tokenizer.Decode([2, 7, 8, 15, 16, 3, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([999]));
    }

    [Fact]
    public void The_hash_depends_on_vocabulary_and_options()
    {
        Assert.Equal(Small().Hash, Small().Hash);
        Assert.NotEqual(Small().Hash, Small(parse: true).Hash);
        Assert.NotEqual(Small().Hash, WordPieceTokenizer.FromVocabulary(Encoding.UTF8.GetBytes(string.Join('\n', Pieces) + "\nx\n")).Hash);
        Assert.Equal(64, Small().Hash.Length);
    }

    [Fact]
    public void Refuses_bad_vocabularies()
    {
        Assert.Contains("[UNK]", Assert.Throws<JmlrDataException>(() => WordPieceTokenizer.FromVocabulary("[PAD]\na\n"u8)).Message, StringComparison.Ordinal);
        Assert.Throws<JmlrDataException>(() => WordPieceTokenizer.FromVocabulary([0x61, 0xFF, 0x0A]));
        Assert.Throws<JmlrOperationException>(() => WordPieceTokenizer.FromFile("/nonexistent/vocab.txt"));
    }
}
