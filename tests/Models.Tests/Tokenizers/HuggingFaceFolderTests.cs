using System.Text.Encodings.Web;
using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.Vocabulary;
using static Jmlr.Models.Tests.Tokenizers.SmallVocabularies;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class HuggingFaceFolderTests : IDisposable
{
    private const string SmolLmPre = """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}]}""";
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tokenizer_json_gives_the_same_ids_as_the_vocabulary_it_was_made_of(bool pairs)
    {
        GeneratorVocabulary vocabulary = Bytes("smollm", null, "a b", "ab c");
        Write("tokenizer.json", Json(vocabulary, SmolLmPre, pairs));
        GeneratorTokenizer tokenizer = GeneratorTokenizer.FromFolder(_folder);
        List<int> ids = [], expected = [];
        tokenizer.EncodeIds("ab abc 12 <|im_end|>", true, ids);
        new GeneratorTokenizer(vocabulary).EncodeIds("ab abc 12 <|im_end|>", true, expected);
        Assert.Equal(expected, ids);
        Assert.Null(tokenizer.BeginId);
    }

    [Fact]
    public void The_llama3_pattern_and_its_beginning_token_are_recognised()
    {
        const string Pre = """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";
        const string Post = ""","post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|im_start|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]}]}}""";
        Write("tokenizer.json", Json(Bytes("llama-bpe", null, "a b"), Pre, pairs: true)[..^1] + Post);
        GeneratorTokenizer tokenizer = GeneratorTokenizer.FromFolder(_folder);
        Assert.Equal(("llama-bpe", 1), (tokenizer.Vocabulary.PreTokenizer, tokenizer.BeginId));
    }

    [Fact]
    public void SmolLm2_as_a_tokenizer_json()
    {
        Write("tokenizer.json", Json(GeneratorGoldens.Gguf(GeneratorGoldens.SmolLm2).Vocabulary, SmolLmPre, pairs: true));
        GeneratorTokenizer tokenizer = GeneratorTokenizer.FromFolder(_folder);
        GeneratorGoldens.AssertAll("smollm2", (text, line) => GeneratorGoldens.Differs(GeneratorGoldens.Ids(tokenizer, text), line.GetProperty("ids")));
    }

    [Fact]
    public void Config_files_name_the_special_tokens()
    {
        Write("tokenizer.json", Json(Bytes("smollm", null), SmolLmPre, pairs: false));
        Write("tokenizer_config.json", """{"bos_token":{"content":"<|im_start|>"},"add_bos_token":true,"eos_token":"<|im_end|>","chat_template":"T","added_tokens_decoder":{"262":{"content":"[PAD]","special":true}}}""");
        Write("generation_config.json", """{"eos_token_id":[0,5]}""");
        GeneratorTokenizer tokenizer = GeneratorTokenizer.FromFolder(_folder);
        Assert.Equal((1, 2, "T", 263, 262), (tokenizer.BeginId, tokenizer.Vocabulary.EndId, tokenizer.Vocabulary.ChatTemplate, tokenizer.VocabularySize, tokenizer.IdOfSpecial("[PAD]")));
        Assert.Equal([0, 2, 5], tokenizer.EndIds.Order());
        Assert.Equal(TokenKind.Unused, tokenizer.Vocabulary.KindOf(261));
    }

    [Fact]
    public void A_tokenizer_model_takes_added_tokens()
    {
        File.Copy(SharedData.Require("tokenizers/llama2_tokenizer.model"), Path.Combine(_folder, "tokenizer.model"));
        Write("added_tokens.json", """{"[PAD]":32000}""");
        GeneratorTokenizer tokenizer = GeneratorTokenizer.FromFolder(_folder);
        Assert.Equal((32001, 32000, 1), (tokenizer.VocabularySize, tokenizer.IdOfSpecial("[PAD]"), tokenizer.BeginId));
        List<int> ids = [];
        tokenizer.EncodeIds("[PAD]", parseSpecial: true, ids);
        Assert.Equal([32000], ids);
    }

    [Theory]
    [InlineData("[]", "JSON object")]
    [InlineData("{\"model\":", "not valid JSON")]
    [InlineData("{}", "'model'")]
    [InlineData("""{"model":{"type":"Unigram"}}""", "Unigram")]
    [InlineData("""{"model":{"type":"BPE","byte_fallback":true}}""", "byte fallback")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}}""", "'a'")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[1]},"pre_tokenizer":{"type":"ByteLevel"}}""", "merge 0")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Whitespace"}}""", "Whitespace")]
    [InlineData("""{"normalizer":{"type":"NFC"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}}""", "NFC")]
    [InlineData("""{"model":{"vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"},"added_tokens":[{"content":"x","id":2000000000}]}""", "2000000000")]
    public void Refuses_what_it_cannot_read(string json, string why)
    {
        Write("tokenizer.json", json);
        Assert.Contains(why, Assert.Throws<JmlrDataException>(() => GeneratorTokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_an_error_that_says_so() =>
        Assert.Contains("tokenizer.model", Assert.Throws<JmlrOperationException>(() => GeneratorTokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private static string Json(GeneratorVocabulary vocabulary, string preTokenizer, bool pairs)
    {
        List<object> added = [];
        Dictionary<string, int> vocab = [];
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.KindOf(id) == TokenKind.Normal)
            {
                vocab.TryAdd(vocabulary.Tokens[id], id);
            }
            else
            {
                added.Add(new { id, content = vocabulary.Tokens[id], special = vocabulary.KindOf(id) == TokenKind.Control });
            }
        }

        object merges = pairs ? vocabulary.Merges.Select(merge => merge.Split(' ')).ToArray() : vocabulary.Merges;
        return JsonSerializer.Serialize(
            new { added_tokens = added, pre_tokenizer = JsonSerializer.Deserialize<JsonElement>(preTokenizer), model = new { type = "BPE", vocab, merges } }, Relaxed);
    }
}
