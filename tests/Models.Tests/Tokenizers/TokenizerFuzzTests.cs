using System.Text;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;
using static Jmlr.Models.Tests.Tokenizers.SmallVocabularies;

namespace Jmlr.Models.Tests.Tokenizers;

/// <summary>Random texts, lone surrogates and all: no exception, offsets inside the text and never going back, text comes back from bytes.</summary>
public sealed class TokenizerFuzzTests
{
    [Fact]
    public void Byte_level()
    {
        GeneratorTokenizer small = new(Bytes("smollm", null, "a b", "\u0120 a", "ab ab", "e r", "\u00c3 \u00a9"));
        Check(small, exact: true);
        Check(new GeneratorTokenizer(Bytes("llama-bpe", null, "a b")), exact: true);
    }

    [Fact]
    public void Byte_level_of_the_default_model() => Check(GeneratorGoldens.Gguf(GeneratorGoldens.SmolLm2), exact: false);

    [Fact]
    public void SentencePiece() => Check(new GeneratorTokenizer(Pieces("\u2581a", "ab", "er", "\u2581", "a", "b")), exact: false);

    [Fact]
    public void WordPiece()
    {
        string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\nab\ner\n##e\n.\n5\n";
        Check(WordPieceTokenizer.FromVocabulary(Encoding.UTF8.GetBytes(vocabulary)), exact: false);
        Check(WordPieceTokenizer.FromVocabulary(Encoding.UTF8.GetBytes(vocabulary), new WordPieceOptions { LowerCase = false, ParseSpecialTokens = true }), exact: false);
    }

    [Fact]
    public void One_tokenizer_serves_many_threads()
    {
        GeneratorTokenizer tokenizer = new(Bytes(merges: ["a b", "ab ab"]));
        string[] texts = [.. Enumerable.Range(0, 200).Select(seed => Text(new Random(seed)))];
        int[] expected = [.. texts.Select(text => tokenizer.Count(text))];
        int[] actual = new int[texts.Length];
        Parallel.For(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i => actual[i] = tokenizer.Count(texts[i]));
        Assert.Equal(expected, actual);
    }

    private static void Check(ITextTokenizer tokenizer, bool exact)
    {
        Random random = new(4711);
        List<TokenSpan> tokens = [];
        for (int round = 0; round < 1500; round++)
        {
            string text = Text(random);
            tokens.Clear();
            tokenizer.Encode(text, tokens);
            Assert.Equal(tokens.Count, tokenizer.Count(text));
            int start = 0;
            foreach (TokenSpan token in tokens)
            {
                Assert.InRange(token.Id, 0, tokenizer.VocabularySize - 1);
                Assert.InRange(token.Start, start, text.Length);
                Assert.InRange(token.End, token.Start, text.Length);
                start = token.Start;
            }

            string back = tokenizer.Decode(tokens.Select(token => token.Id));
            if (exact)
            {
                Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), back); // lone surrogates are U+FFFD in both
            }
        }
    }

    private static string Text(Random random)
    {
        StringBuilder text = new();
        for (int i = random.Next(0, 60); i > 0; i--)
        {
            switch (random.Next(6))
            {
                case 0:
                    text.Append((char)random.Next(0x10000));
                    break;
                case 1:
                    text.Append(char.ConvertFromUtf32(random.Next(0x10000, 0x110000)));
                    break;
                case 2:
                    text.Append("ab er [MASK] <|im_end|> </s>"[random.Next(20)..]);
                    break;
                case 3:
                    text.Append(' ', random.Next(1, 4));
                    break;
                default:
                    text.Append((char)random.Next(128));
                    break;
            }
        }

        return text.ToString();
    }
}
