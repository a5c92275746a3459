using Jmlr.Index.Encoding;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Tests.Encoding;

public sealed class QueryWindowsTests
{
    private const int Pad = 0, Marker = 1, Cls = 4, Sep = 5, Mask = 6, A = 7, B = 8, X = 10;

    [Fact]
    public void A_query_that_fits_is_padded_with_mask_that_attention_does_not_see()
    {
        QueryWindows windows = Make("a b", 8);
        Assert.Equal([Cls, Marker, A, B, Sep, Mask, Mask, Mask], windows.Ids);
        Assert.Equal([5], windows.Lengths);
        Assert.True(windows.NeedsMask);
        Assert.Equal(8, windows.Kept);
    }

    [Fact]
    public void Attention_sees_the_mask_where_the_checkpoint_says_so()
    {
        QueryWindows windows = Make("a b", 8, attend: true);
        Assert.Equal([8], windows.Lengths);
        Assert.False(windows.NeedsMask);
    }

    [Fact]
    public void Without_expansion_nothing_is_padded()
    {
        QueryWindows windows = Make("a b", 8, expand: false);
        Assert.Equal([Cls, Marker, A, B, Sep], windows.Ids);
        Assert.False(windows.NeedsMask);
        Assert.Equal(5, windows.Kept);
    }

    [Fact]
    public void Without_a_marker_the_words_follow_CLS_and_a_window_has_room_for_one_more()
    {
        WordPieceTokenizer tokenizer = HandMadeTokenizer.Create();
        ColbertSettings settings = HandMadeTokenizer.Settings(tokenizer, 8, expand: false, attend: false) with { QueryMarker = null };
        QueryWindows one = QueryWindows.Make(tokenizer, settings, "a b a b a b", []), two = QueryWindows.Make(tokenizer, settings, "a b a b a b a", []);
        Assert.Equal([Cls, A, B, A, B, A, B, Sep], one.Ids);
        Assert.Equal(8, one.Kept);
        Assert.Equal([Cls, A, B, A, B, Sep, Cls, A, B, A, Sep, Mask], two.Ids);
        Assert.Equal(6 + 5, two.Kept);
    }

    [Fact]
    public void A_query_that_just_fits_is_one_window_and_one_token_more_makes_two()
    {
        Assert.Equal(1, Make("a b a b a", 8).Count);
        QueryWindows two = Make("a b a b a b", 8);
        Assert.Equal(2, two.Count);
        Assert.Equal([Cls, Marker, A, B, A, Sep, Mask, Mask, Cls, Marker, B, A, B, Sep, Mask, Mask], two.Ids);
        // The padding of the first window is not kept, that of the last is.
        Assert.Equal(6 + 8, two.Kept);
    }

    [Fact]
    public void Windows_are_cut_between_words()
    {
        // 12 tokens, 5 a window; axx is one word of three pieces.
        QueryWindows windows = Make("a b axx axx b axx", 8);
        for (int window = 0; window < windows.Count; window++)
        {
            Assert.NotEqual(X, windows.Ids[(window * windows.Length) + 2]);
        }

        Assert.Equal(Words(windows), Ids("a b axx axx b axx"));
    }

    [Fact]
    public void A_word_longer_than_a_window_is_cut_but_nothing_is_lost()
    {
        string text = "b a" + new string('x', 20) + " b";
        Assert.Equal(Ids(text), Words(Make(text, 8)));
    }

    [Fact]
    public void Any_query_keeps_all_its_tokens_in_order()
    {
        var random = new Random(7);
        string[] words = ["a", "b", "c", "ax", "axy", "bxxx", ",", "cxyxyxy"];
        for (int round = 0; round < 200; round++)
        {
            string text = string.Join(' ', Enumerable.Range(0, random.Next(60)).Select(_ => words[random.Next(words.Length)]));
            QueryWindows windows = Make(text, 4 + random.Next(12), expand: round % 2 == 0);
            Assert.Equal(Ids(text), Words(windows));
            Assert.DoesNotContain(Pad, windows.Ids);
        }
    }

    private static QueryWindows Make(string text, int length, bool expand = true, bool attend = false)
    {
        WordPieceTokenizer tokenizer = HandMadeTokenizer.Create();
        return QueryWindows.Make(tokenizer, HandMadeTokenizer.Settings(tokenizer, length, expand, attend), text, []);
    }

    private static List<int> Ids(string text)
    {
        var ids = new List<int>();
        HandMadeTokenizer.Create().EncodeIds(text, ids);
        return ids;
    }

    private static List<int> Words(QueryWindows windows) => [.. windows.Ids.Where(id => id is not (Cls or Sep or Mask or Marker)).Select(id => (int)id)];
}
