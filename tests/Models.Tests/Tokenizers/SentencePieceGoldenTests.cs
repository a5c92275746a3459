using System.Text;
using System.Text.Json;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.Vocabulary;
using static Jmlr.Models.Tests.Tokenizers.GeneratorGoldens;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class SentencePieceGoldenTests
{
    [Theory]
    [InlineData("llama2")]
    [InlineData("openllama")]
    public void Model_files(string name)
    {
        GeneratorTokenizer tokenizer = GeneratorTokenizer.FromSentencePiece(SharedData.Require($"tokenizers/{name}_tokenizer.model"));
        AssertAll(name, (text, line) =>
        {
            List<int> ids = Ids(tokenizer, text);
            string back = line.TryGetProperty("decoded", out JsonElement decoded) ? decoded.GetString()! : text;
            return Differs(ids, line.GetProperty("ids"))
                ?? (tokenizer.Decode(ids) == back ? null : $"decodes to '{tokenizer.Decode(ids)}' instead of '{back}'")
                ?? (tokenizer.Count(text) == ids.Count ? null : "counts differently");
        });
        Assert.Equal((32000, 1), (tokenizer.VocabularySize, tokenizer.BeginId));
        Assert.Equal([2], tokenizer.EndIds);
    }

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    public void Gguf_files(string name)
    {
        GeneratorTokenizer tokenizer = Gguf($"tokenizers/ggml_vocab/ggml-vocab-{name}.gguf");
        GgmlVocabCases.AssertAll(name, text => Ids(tokenizer, text));
        if (name == "llama-spm")
        {
            AssertAll("llama2", (text, line) => Differs(Ids(tokenizer, text), line.GetProperty("ids")));
        }
    }

    [Fact]
    public void Special_tokens_are_parsed_only_when_asked()
    {
        GeneratorTokenizer tokenizer = Gguf("tokenizers/ggml_vocab/ggml-vocab-llama-spm.gguf");
        Assert.DoesNotContain(Ids(tokenizer, "a</s><s><unk>b"), id => id < 3);
        Assert.Equal([263, 2, 1, 289], Ids(tokenizer, "a</s><s>b", parse: true));
    }

    [Fact]
    public void The_512_pieces_of_a_llama2_c_file()
    {
        using BinaryReader file = new(File.OpenRead(SharedData.Require("models/stories260k/tok512.bin")));
        file.ReadInt32();
        (float Score, string Piece)[] pieces = [.. Enumerable.Range(0, 512).Select(_ => (file.ReadSingle(), Encoding.UTF8.GetString(file.ReadBytes(file.ReadInt32()))))];
        GeneratorTokenizer tokenizer = new(new GeneratorVocabulary
        {
            Path = "tok512.bin",
            Family = TokenizerFamily.SentencePieceBpe,
            Tokens = [.. pieces.Select(piece => piece.Piece)],
            Scores = [.. pieces.Select(piece => piece.Score)],
            Kinds = [.. Enumerable.Range(0, 512).Select(id => id == 0 ? TokenKind.Unknown : id < 3 ? TokenKind.Control : id < 259 ? TokenKind.Byte : TokenKind.Normal)],
            UnknownId = 0,
            BeginId = 1,
            AddBegin = true,
        });
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("golden/llama/stories260k/stories260k.json")));
        JsonElement[] cases = [.. json.RootElement.GetProperty("tokenizer").EnumerateArray()];
        Assert.NotEmpty(cases);
        Assert.All(cases, item => Assert.Null(Differs([1, .. Ids(tokenizer, item.GetProperty("text").GetString()!)], item.GetProperty("ids_with_bos"))));
    }
}
