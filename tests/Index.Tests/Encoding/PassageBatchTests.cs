using Jmlr.Index.Encoding;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Tests.Encoding;

public sealed class PassageBatchTests
{
    private static readonly WordPieceTokenizer Tokenizer = HandMadeTokenizer.Create();
    private static readonly ColbertSettings Settings = HandMadeTokenizer.Settings(Tokenizer, 8);

    [Fact]
    public void Every_passage_is_laid_out_once_with_little_padding()
    {
        var random = new Random(3);
        string[] texts = [.. Enumerable.Range(0, 700).Select(_ => string.Join(' ', Enumerable.Repeat("a", random.Next(14))))];
        var seen = new HashSet<int>();
        long cells = 0, tokens = 0;
        foreach (PassageBatch batch in PassageBatch.Make(Tokenizer, Settings, texts))
        {
            for (int i = 0; i < batch.Passages.Length; i++)
            {
                Assert.True(seen.Add(batch.Passages[i]));
                long[] row = batch.Ids[(i * batch.Length)..((i + 1) * batch.Length)];
                int used = Tokenizer.Count(texts[batch.Passages[i]]) + 3;
                Assert.Equal([Tokenizer.Cls, Tokenizer.Unused1], row[..2]);
                Assert.Equal(Tokenizer.Sep, row[used - 1]);
                Assert.All(row[used..], id => Assert.Equal(Tokenizer.Pad, id));
                Assert.True(batch.NeedsMask || used == batch.Length);
                cells += batch.Length;
                tokens += used;
            }
        }

        Assert.Equal(texts.Length, seen.Count);
        Assert.InRange(cells - tokens, 0, 0.06 * cells);
    }

    [Fact]
    public void A_passage_of_the_full_length_is_taken_and_one_token_more_is_an_error()
    {
        Assert.Single(PassageBatch.Make(Tokenizer, Settings, [string.Join(' ', Enumerable.Repeat("a", 13))]));
        var error = Assert.Throws<JmlrOperationException>(() => PassageBatch.Make(Tokenizer, Settings, [string.Join(' ', Enumerable.Repeat("a", 14))]).ToList());
        Assert.Contains("17", error.Message, StringComparison.Ordinal);
        Assert.Contains("16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_passages_make_no_batches() => Assert.Empty(PassageBatch.Make(Tokenizer, Settings, []));

    [Fact]
    public void Punctuation_is_skipped_by_its_ids()
    {
        // The hand-made vocabulary has ',' and '.'; the other marks are unknown, and unknown words are not skipped.
        Assert.Equal([Tokenizer.IdOf(","), Tokenizer.IdOf(".")], Settings.Skiplist.Order());
    }
}
