using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.Files;
using Jmlr.Models.Tokenizers.Vocabulary;
using static Jmlr.Models.Tests.Tokenizers.SmallVocabularies;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class SentencePieceTests
{
    private static readonly GeneratorVocabulary Base = Pieces("\u2581a", "bc", "ab", "abc", "\u2581", "a", "b", "c", "s", "<", ">", "<s", "s>", "<s>", "\u2581\u2581");

    private static string Cut(GeneratorVocabulary vocabulary, string text, bool parse = false)
    {
        GeneratorTokenizer tokenizer = new(vocabulary);
        List<int> ids = [];
        tokenizer.EncodeIds(text, parse, ids);
        return Show(tokenizer, ids);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("abc", " a|bc")]
    [InlineData("aabc", " a|abc")]
    [InlineData("cabc", " |c|abc")]
    [InlineData("ab ab", " a|b| a|b")]
    [InlineData("  a", "  | a")]
    [InlineData("a\u2581b", " a| |b")]
    public void Merges_the_best_score_first(string text, string expected) => Assert.Equal(expected, Cut(Base, text));

    [Fact]
    public void Spaces_follow_the_flags()
    {
        Assert.Equal("a|  |b| ", Cut(Base with { AddSpacePrefix = false }, "a  b "));
        Assert.Equal(" a| |b", Cut(Base with { RemoveExtraSpaces = true }, "  a   b  "));
        Assert.Equal("", Cut(Base with { RemoveExtraSpaces = true }, "   "));
    }

    [Fact]
    public void What_has_no_piece_becomes_bytes_and_comes_back()
    {
        GeneratorTokenizer tokenizer = new(Base);
        List<TokenSpan> spans = [];
        tokenizer.Encode("a\u00e9\0", spans);
        Assert.Equal([259, 3 + 0xC3, 3 + 0xA9, 3], spans.Select(span => span.Id));
        Assert.Equal([(0, 1), (1, 2), (1, 2), (2, 3)], spans.Select(span => (span.Start, span.End)));
        Assert.Equal("a\u00e9\0", tokenizer.Decode(spans.Select(span => span.Id)));
    }

    [Fact]
    public void Without_byte_tokens_the_unknown_token_stands_in_once()
    {
        GeneratorVocabulary bare = new()
        {
            Path = "bare.model",
            Family = TokenizerFamily.SentencePieceBpe,
            Tokens = ["<unk>", "a"],
            Kinds = [TokenKind.Unknown, TokenKind.Normal],
            Scores = [0, -1],
            UnknownId = 0,
            AddSpacePrefix = false,
        };
        Assert.Equal("a|(<unk>)|a", Cut(bare, "a\u00e9a"));
        Assert.Throws<JmlrDataException>(() => new GeneratorTokenizer(bare with { UnknownId = null }));
    }

    [Fact]
    public void Text_never_becomes_a_control_token_unless_parsed()
    {
        Assert.Equal(" a|<|s>", Cut(Pieces("\u2581a", "\u2581", "s>", "<", "s", ">"), "a<s>"));
        Assert.Equal(" a|(<s>)| a", Cut(Pieces("\u2581a", "\u2581", "s>", "<", "s", ">"), "a<s>a", parse: true));
    }

    [Fact]
    public void Pieces_with_a_space_inside_are_found_across_words()
    {
        GeneratorVocabulary inside = Pieces("a\u2581b", "a", "b", "\u2581", "a\u2581");
        Assert.Equal(" |a b", Cut(inside, "a b"));
    }

    [Fact]
    public void Refuses_bad_scores()
    {
        Assert.Throws<JmlrDataException>(() => new GeneratorTokenizer(Base with { Scores = [1f] }));
        Assert.Throws<JmlrDataException>(() => new GeneratorTokenizer(Base with { Scores = [.. Base.Scores.Select(_ => float.NaN)] }));
        string[] tokens = [.. Base.Tokens];
        tokens[10] = "<0xZZ>";
        Assert.Contains("<0xZZ>", Assert.Throws<JmlrDataException>(() => new GeneratorTokenizer(Base with { Tokens = tokens })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_model_files_are_refused_with_a_reason()
    {
        byte[] piece = [0x0A, 0x0A, 0x0A, 0x01, (byte)'a', 0x15, 0, 0, 0x80, 0xBF, 0x18, 0x01];
        byte[] bpe = [.. piece, 0x12, 0x02, 0x18, 0x02, 0x1A, 0x02, 0x18, 0x01];
        // With two more pieces, as the default special ids are 0, 1 and 2.
        GeneratorVocabulary read = SentencePieceModelFile.Parse([.. piece, .. piece, .. bpe], "m");
        Assert.Equal((3, -1f, TokenKind.Normal, true), (read.Tokens.Count, read.Scores[0], read.KindOf(2), read.AddSpacePrefix));
        Assert.Contains("special ids", Assert.Throws<JmlrDataException>(() => SentencePieceModelFile.Parse(bpe, "m")).Message, StringComparison.Ordinal);
        string message = Assert.Throws<JmlrDataException>(() => SentencePieceModelFile.Parse([.. piece, 0x12, 0x02, 0x18, 0x01], "m")).Message;
        Assert.Contains("model type 1", message, StringComparison.Ordinal);
        Random random = new(7);
        for (int round = 0; round < 2000; round++)
        {
            byte[] broken = [.. piece, .. piece, .. bpe];
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            broken = broken[..random.Next(1, broken.Length + 1)];
            try
            {
                SentencePieceModelFile.Parse(broken, "m");
            }
            catch (JmlrDataException)
            {
                // Any other exception fails the test.
            }
        }
    }
}
