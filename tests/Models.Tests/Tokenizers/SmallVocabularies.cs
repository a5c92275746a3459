using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tests.Tokenizers;

/// <summary>Hand-made vocabularies, so that a clone without the development data tests the same code.</summary>
static class SmallVocabularies
{
    public const string ChatMl =
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe careful.<|im_end|>\n' }}{% endif %}"
        + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    /// <summary>The byte-level alphabet in byte order.</summary>
    public static string Alphabet { get; } = MakeAlphabet();

    /// <summary>Ids 0..3 special, 4..259 bytes, then the merges.</summary>
    public static GeneratorVocabulary Bytes(string pre = "gpt-2", string? template = ChatMl, params string[] merges) => new()
    {
        Path = "small.gguf",
        Family = TokenizerFamily.ByteLevelBpe,
        Tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<user>", .. Alphabet.Select(unit => unit.ToString()), .. merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))],
        Kinds = [TokenKind.Control, TokenKind.Control, TokenKind.Control, TokenKind.UserDefined, .. Enumerable.Repeat(TokenKind.Normal, 256 + merges.Length)],
        Merges = merges,
        PreTokenizer = pre,
        EndId = 2,
        ChatTemplate = template,
    };

    /// <summary>Ids 0..2 special, 3..258 bytes, then pieces with falling scores.</summary>
    public static GeneratorVocabulary Pieces(params string[] pieces) => new()
    {
        Path = "small.model",
        Family = TokenizerFamily.SentencePieceBpe,
        Tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), .. pieces],
        Kinds = [TokenKind.Unknown, TokenKind.Control, TokenKind.Control, .. Enumerable.Repeat(TokenKind.Byte, 256), .. Enumerable.Repeat(TokenKind.Normal, pieces.Length)],
        Scores = [.. Enumerable.Repeat(0f, 259), .. pieces.Select((_, i) => -1f - i)],
        AddBegin = true,
        BeginId = 1,
        EndId = 2,
        UnknownId = 0,
    };

    /// <summary>Tokens as text, with control tokens by name.</summary>
    public static string Show(GeneratorTokenizer tokenizer, IEnumerable<int> ids) => string.Join('|', ids.Select(id =>
        tokenizer.TokenBytes(id).Length == 0 ? $"({tokenizer.Vocabulary.Tokens[id]})" : System.Text.Encoding.UTF8.GetString(tokenizer.TokenBytes(id))));

    private static string MakeAlphabet()
    {
        char[] units = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
            units[value] = (char)(printable ? value : next++);
        }

        return new string(units);
    }
}
