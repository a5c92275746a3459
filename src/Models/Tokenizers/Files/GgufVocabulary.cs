using System.Runtime.CompilerServices;
using Jmlr.Models.Tokenizers.Vocabulary;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>The vocabulary in the <c>tokenizer.*</c> keys of a GGUF file (source: ggml docs/gguf.md).</summary>
static class GgufVocabulary
{
    /// <summary>Reads the keys; refuses tokenizers other than "gpt2" and "llama".</summary>
    public static GeneratorVocabulary Read(GgufFile file)
    {
        GgufMetadata keys = file.Metadata;
        string model = keys.GetString("tokenizer.ggml.model") ?? "(missing)";
        bool bytes = model == "gpt2";
        if (!bytes && model != "llama")
        {
            Throw.Data($"tokenizer.ggml.model is '{Throw.Shown(model)}'; gpt2 and llama are allowed", file.Path);
        }

        string pre = keys.GetString("tokenizer.ggml.pre") ?? "(missing)";
        int? begin = Id(keys, "bos_token_id");
        return new GeneratorVocabulary
        {
            Path = file.Path,
            Family = bytes ? TokenizerFamily.ByteLevelBpe : TokenizerFamily.SentencePieceBpe,
            Tokens = Required(keys.GetStrings("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens", file.Path),
            Kinds = Kinds(keys.GetIntegers("tokenizer.ggml.token_type"), file.Path),
            Scores = bytes ? [] : Required(keys.GetSingles("tokenizer.ggml.scores"), "tokenizer.ggml.scores", file.Path),
            Merges = bytes ? Required(keys.GetStrings("tokenizer.ggml.merges"), "tokenizer.ggml.merges", file.Path) : [],
            PreTokenizer = bytes ? pre : "",
            IgnoreMerges = bytes && pre is "llama-bpe" or "llama3" or "llama-v3",
            AddSpacePrefix = keys.GetBoolean("tokenizer.ggml.add_space_prefix") ?? !bytes,
            RemoveExtraSpaces = keys.GetBoolean("tokenizer.ggml.remove_extra_whitespaces") ?? false,
            AddBegin = (keys.GetBoolean("tokenizer.ggml.add_bos_token") ?? !bytes) && begin is not null,
            BeginId = begin,
            EndId = Id(keys, "eos_token_id"),
            MoreEndIds = Id(keys, "eot_token_id") is int turn ? [turn] : [],
            UnknownId = Id(keys, "unknown_token_id"),
            ChatTemplate = keys.GetString("tokenizer.chat_template"),
        };
    }

    private static T Required<T>(T? value, string key, string path) where T : class => value ?? Throw.Data<T>($"metadata key '{key}' is missing", path);

    /// <summary>An id; one beyond any vocabulary stays beyond it, and is refused later.</summary>
    private static int? Id(GgufMetadata keys, string name) =>
        keys.GetInteger("tokenizer.ggml." + name) is long id ? (int)Math.Clamp(id, -1, int.MaxValue) : null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every token, in a cold process
    private static TokenKind[] Kinds(int[]? types, string path)
    {
        TokenKind[] kinds = new TokenKind[types?.Length ?? 0];
        for (int id = 0; id < kinds.Length; id++)
        {
            if (types![id] is < 1 or > 6)
            {
                Throw.Data($"token {id} has type {types[id]}; types 1 to 6 are allowed", path);
            }

            kinds[id] = (TokenKind)types[id];
        }

        return kinds;
    }
}
