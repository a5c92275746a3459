using Jmlr.Models.Tokenizers;
using static Jmlr.Models.Tests.Tokenizers.GeneratorGoldens;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class ByteLevelGoldenTests
{
    [Fact]
    public void SmolLm2_ids_without_and_with_special_tokens_and_back()
    {
        GeneratorTokenizer tokenizer = Gguf(SmolLm2);
        AssertAll("smollm2", (text, line) =>
        {
            List<int> plain = Ids(tokenizer, text);
            return Differs(plain, line.GetProperty("ids"))
                ?? Differs(Ids(tokenizer, text, parse: true), line.TryGetProperty("ids_parse_special", out var parsed) ? parsed : line.GetProperty("ids"))
                ?? (tokenizer.Decode(plain) == text ? null : "decodes to another text")
                ?? (tokenizer.Count(text) == plain.Count ? null : "counts differently");
        });
    }

    [Fact]
    public void SmolLm2_special_ids()
    {
        GeneratorTokenizer tokenizer = Gguf(SmolLm2);
        Assert.Equal((49152, null, true), (tokenizer.VocabularySize, tokenizer.BeginId, tokenizer.HasChatTemplate));
        Assert.Equal([0, 2], tokenizer.EndIds.Order());
        Assert.Equal(0, tokenizer.TokenBytes(2).Length);
        Assert.Equal(" the"u8.ToArray(), tokenizer.TokenBytes(Ids(tokenizer, " the")[0]).ToArray());
    }

    [Fact]
    public void Gpt2_cases()
    {
        GeneratorTokenizer tokenizer = Gguf("tokenizers/ggml_vocab/ggml-vocab-gpt-2.gguf");
        GgmlVocabCases.AssertAll("gpt-2", text => Ids(tokenizer, text));
    }
}
