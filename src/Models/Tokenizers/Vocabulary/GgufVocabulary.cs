using System.Runtime.CompilerServices;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>Looks up a GGUF key: string, bool, an integer, string[], float[] or int[]; null when absent.</summary>
delegate object? GgufLookup(string key);

/// <summary>The vocabulary in the <c>tokenizer.*</c> keys of a GGUF file (source: ggml docs/gguf.md).</summary>
static class GgufVocabulary
{
    /// <summary>Reads the keys; refuses tokenizers other than "gpt2" and "llama".</summary>
    public static GeneratorVocabulary Read(GgufLookup lookup, string path)
    {
        string model = lookup("tokenizer.ggml.model") as string ?? "";
        bool bytes = model == "gpt2";
        if (!bytes && model != "llama")
        {
            Throw.Data($"tokenizer.ggml.model is '{Throw.Shown(model)}'; gpt2 and llama are allowed", path);
        }

        string pre = lookup("tokenizer.ggml.pre") as string ?? "";
        int? begin = Id(lookup, "bos_token_id");
        return new GeneratorVocabulary
        {
            Path = path,
            Family = bytes ? TokenizerFamily.ByteLevelBpe : TokenizerFamily.SentencePieceBpe,
            Tokens = lookup("tokenizer.ggml.tokens") as string[] ?? Throw.Data<string[]>("tokenizer.ggml.tokens is missing or not a list of strings", path),
            Kinds = Kinds(lookup("tokenizer.ggml.token_type") as int[], path),
            Scores = lookup("tokenizer.ggml.scores") as float[] ?? [],
            Merges = lookup("tokenizer.ggml.merges") as string[]
                ?? (bytes ? Throw.Data<string[]>("tokenizer.ggml.merges is missing or not a list of strings", path) : []),
            PreTokenizer = pre,
            IgnoreMerges = pre is "llama-bpe" or "llama3" or "llama-v3",
            AddSpacePrefix = lookup("tokenizer.ggml.add_space_prefix") as bool? ?? !bytes,
            RemoveExtraSpaces = lookup("tokenizer.ggml.remove_extra_whitespaces") as bool? ?? false,
            AddBegin = (lookup("tokenizer.ggml.add_bos_token") as bool? ?? !bytes) && begin is not null,
            BeginId = begin,
            EndId = Id(lookup, "eos_token_id"),
            MoreEndIds = Id(lookup, "eot_token_id") is int turn ? [turn] : [],
            UnknownId = Id(lookup, "unknown_token_id"),
            ChatTemplate = lookup("tokenizer.chat_template") as string,
        };
    }

    private static int? Id(GgufLookup lookup, string name) => lookup("tokenizer.ggml." + name) switch
    {
        null => null,
        uint value => (int)Math.Min(value, int.MaxValue),
        ulong value => (int)Math.Min(value, int.MaxValue),
        IConvertible value => (int)Math.Clamp(value.ToInt64(null), -1, int.MaxValue),
        _ => -1,
    };

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
