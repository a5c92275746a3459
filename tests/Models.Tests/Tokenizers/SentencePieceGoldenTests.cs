using System.Text.Json;
using Jmlr.Models.Tokenizers;
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
}
