using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.Vocabulary;
using static Jmlr.Models.Tests.Tokenizers.SmallVocabularies;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class ByteLevelTests
{
    private static string Cut(GeneratorTokenizer tokenizer, string text, bool parse = false)
    {
        List<int> ids = [];
        tokenizer.EncodeIds(text, parse, ids);
        return Show(tokenizer, ids);
    }

    [Fact]
    public void Merges_in_the_order_of_the_list_leftmost_first()
    {
        GeneratorTokenizer tokenizer = new(Bytes(merges: ["b c", "a b", "ab c", "a a", "\u0120 a"]));
        Assert.Equal("a|bc", Cut(tokenizer, "abc"));
        Assert.Equal("aa|a", Cut(tokenizer, "aaa"));
        Assert.Equal("aa|ab", Cut(new GeneratorTokenizer(Bytes(merges: ["a a", "a b"])), "aaab"));
        Assert.Equal("ab| a|ab", Cut(tokenizer, "ab aab"));
    }

    [Fact]
    public void Only_listed_pairs_merge_even_if_the_union_is_a_token()
    {
        // "abc" arises from a + bc only; ab + c makes the same bytes but is not in the list.
        GeneratorTokenizer tokenizer = new(Bytes(merges: ["a b", "b c", "a bc"]));
        Assert.Equal("ab|c", Cut(tokenizer, "abc"));
        Assert.Equal("abc", Cut(new GeneratorTokenizer(Bytes(merges: ["b c", "a b", "a bc"])), "abc"));
    }

    [Fact]
    public void One_union_of_two_listed_pairs_has_two_ranks()
    {
        // ab + c comes third, a + bc fourth: both are merges, and both are found.
        GeneratorVocabulary base_ = Bytes(merges: ["a b", "b c", "ab c"]);
        GeneratorTokenizer tokenizer = new(base_ with { Merges = ["a b", "b c", "ab c", "a bc"] });
        Assert.Equal("abc", Cut(tokenizer, "abc"));
        Assert.Equal("abc", Cut(new GeneratorTokenizer(base_ with { Merges = ["b c", "a b", "ab c", "a bc"] }), "abc"));
    }

    [Fact]
    public void Special_tokens_are_plain_text_unless_asked_for()
    {
        GeneratorTokenizer tokenizer = new(Bytes());
        Assert.Equal("a|(<|im_end|>)|b", Cut(tokenizer, "a<|im_end|>b", parse: true));
        Assert.DoesNotContain("(", Cut(tokenizer, "a<|im_end|>b"), StringComparison.Ordinal);
        Assert.Equal("a|<user>|b", Cut(tokenizer, "a<user>b"));
        GeneratorTokenizer marking = new(Bytes(template: ChatMl + "{# <user> #}"));
        Assert.Equal("<|u|s|e|r|>", Cut(marking, "<user>"));
    }

    [Fact]
    public void Offsets_cover_whole_characters()
    {
        List<TokenSpan> spans = [];
        new GeneratorTokenizer(Bytes(merges: ["h i"])).Encode("hi \u00e9\ud83d\ude00", spans);
        Assert.Equal([(0, 2), (2, 3), (3, 4), (3, 4), (4, 6), (4, 6), (4, 6), (4, 6)], spans.Select(span => (span.Start, span.End)));
    }

    [Fact]
    public void Llama3_takes_a_word_that_is_a_token_as_it_is()
    {
        GeneratorVocabulary vocabulary = Bytes("llama-bpe", null, "a b") with { IgnoreMerges = true };
        vocabulary = vocabulary with { Tokens = [.. vocabulary.Tokens, "xyz"], Kinds = [.. vocabulary.Kinds, TokenKind.Normal] };
        Assert.Equal("xyz", Cut(new GeneratorTokenizer(vocabulary), "xyz"));
        Assert.Equal("x|y|z", Cut(new GeneratorTokenizer(vocabulary with { IgnoreMerges = false }), "xyz"));
    }

    [Fact]
    public void Refuses_what_does_not_hold_together()
    {
        Refused("qwen2", Bytes("qwen2"));
        Refused("merge 0 'q'", Bytes() with { Merges = ["q"] });
        Refused("merge 1 'x y'", Bytes(merges: ["a b"]) with { Merges = ["a b", "x y"] });
        Refused("byte-level alphabet", Bytes() with { Tokens = ["a b"], Kinds = [], EndId = null });
        Refused("end-of-sequence id 999", Bytes() with { EndId = 999 });
        Refused("token types", Bytes() with { Kinds = [TokenKind.Normal] });
        Refused("0 tokens", Bytes() with { Tokens = [], Kinds = [] });
        Refused("its id is missing", Bytes() with { AddBegin = true });

        static void Refused(string why, GeneratorVocabulary vocabulary) =>
            Assert.Contains(why, Assert.Throws<JmlrDataException>(() => new GeneratorTokenizer(vocabulary)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_depends_on_everything_that_makes_ids()
    {
        string hash = new GeneratorTokenizer(Bytes(merges: ["a b"])).Hash;
        Assert.Equal(hash, new GeneratorTokenizer(Bytes(merges: ["a b"])).Hash);
        Assert.NotEqual(hash, new GeneratorTokenizer(Bytes(merges: ["b a"])).Hash);
        Assert.NotEqual(hash, new GeneratorTokenizer(Bytes("smollm", merges: ["a b"])).Hash);
        Assert.NotEqual(hash, new GeneratorTokenizer(Bytes(template: null, merges: ["a b"])).Hash);
        Assert.NotEqual(hash, new GeneratorTokenizer(Bytes(merges: ["a b"]) with { EndId = 0 }).Hash);
        Assert.Equal(64, hash.Length);
    }
}
