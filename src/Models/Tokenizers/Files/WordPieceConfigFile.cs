using System.Text.Json;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>Options from the JSON files beside a vocab.txt (Hugging Face and PyLate layout); files that are absent leave the defaults.</summary>
static class WordPieceConfigFile
{
    /// <summary>Reads tokenizer_config.json and added_tokens.json of a folder.</summary>
    public static WordPieceOptions Read(string folder)
    {
        WordPieceOptions options = new();
        Dictionary<string, int> added = [];
        string configPath = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(configPath))
        {
            using JsonDocument config = TokenizerFiles.ReadJson(configPath);
            JsonElement root = config.RootElement;
            options = options with
            {
                LowerCase = Flag(root, "do_lower_case") ?? true,
                StripAccents = Flag(root, "strip_accents"),
                SplitChinese = Flag(root, "tokenize_chinese_chars") ?? true,
                PadToken = TokenizerFiles.TokenName(root, "pad_token") ?? options.PadToken,
            };
        }

        string addedPath = Path.Combine(folder, "added_tokens.json");
        if (File.Exists(addedPath))
        {
            using JsonDocument file = TokenizerFiles.ReadJson(addedPath);
            foreach (JsonProperty token in file.RootElement.EnumerateObject())
            {
                if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id))
                {
                    Throw.Data($"added token '{Throw.Shown(token.Name)}' has no integer id", addedPath);
                    continue;
                }

                added[token.Name] = id;
            }
        }

        return options with { AddedTokens = added };
    }

    private static bool? Flag(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.ValueKind == JsonValueKind.True
            : null;
}
