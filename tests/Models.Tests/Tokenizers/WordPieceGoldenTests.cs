using System.Text.Json;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class WordPieceGoldenTests
{
    private static readonly string[] SpecialNames = ["[MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]"];

    private static WordPieceTokenizer Bert(bool parse) =>
        WordPieceTokenizer.FromFile(SharedData.Require("tokenizers/bert_base_uncased_vocab.txt"), new WordPieceOptions { ParseSpecialTokens = parse });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_line_has_the_reference_ids_and_offsets(bool parse)
    {
        WordPieceTokenizer tokenizer = Bert(parse);
        List<string> wrong = [];
        int compared = 0, plain = 0;
        foreach (string line in File.ReadLines(SharedData.Require("golden/retrieval/wordpiece.jsonl")))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string text = json.RootElement.GetProperty("text").GetString()!;
            List<TokenSpan> expected = [.. json.RootElement.GetProperty("ids").EnumerateArray().Zip(
                json.RootElement.GetProperty("offsets_utf16").EnumerateArray(),
                (id, span) => new TokenSpan(id.GetInt32(), span[0].GetInt32(), span[1].GetInt32()))];
            List<TokenSpan> actual = [];
            tokenizer.Encode(text, actual);
            Assert.Equal(actual.Count, tokenizer.Count(text));
            if (!parse && SpecialNames.Any(name => text.Contains(name, StringComparison.Ordinal)))
            {
                // The golden has the parsed form: here no special id may appear at all.
                Assert.DoesNotContain(actual, token => token.Id is 0 or 101 or 102 or 103);
                plain++;
                continue;
            }

            compared++;
            if (!actual.SequenceEqual(expected))
            {
                wrong.Add($"{text}: {string.Join(',', actual)} instead of {string.Join(',', expected)}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(compared > 450 && (parse || plain > 0), $"{compared} lines compared, {plain} with special tokens");
    }

    [Fact]
    public void The_ids_of_the_standard_vocabulary()
    {
        WordPieceTokenizer tokenizer = Bert(parse: false);
        Assert.Equal((30522, 0, 100, 101, 102, 103, 1, 2), (tokenizer.VocabularySize, tokenizer.Pad, tokenizer.Unk, tokenizer.Cls, tokenizer.Sep, tokenizer.Mask, tokenizer.Unused0, tokenizer.Unused1));
    }

    [Fact]
    public void The_cases_of_the_bge_vocabulary()
    {
        WordPieceTokenizer tokenizer = Bert(parse: false);
        GgmlVocabCases.AssertAll("bert-bge", text =>
        {
            List<int> ids = [];
            tokenizer.EncodeIds(text, ids);
            return ids;
        });
    }

    [Fact]
    public void The_pieces_of_a_gguf_file_are_those_of_vocab_txt()
    {
        using GgufFile file = new(SharedData.Require("tokenizers/ggml_vocab/ggml-vocab-bert-bge.gguf"));
        Assert.Equal(Bert(parse: false).Hash, WordPieceTokenizer.FromGgufPieces(file.Metadata.GetStrings("tokenizer.ggml.tokens")!).Hash);
    }

    [Fact]
    public void A_pylate_folder_brings_its_prefixes_and_padding()
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.FromFolder(SharedData.Require("golden/retrieval/tiny/pylate"));
        Assert.Equal((30524, 30522, 30523, tokenizer.Mask), (tokenizer.VocabularySize, tokenizer.IdOf("[Q] "), tokenizer.IdOf("[D] "), tokenizer.Pad));
        Assert.Equal("[D] ", tokenizer.TokenOf(30523));
    }
}
