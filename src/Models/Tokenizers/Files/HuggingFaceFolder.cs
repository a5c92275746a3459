using System.Text.Json;
using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>
/// The tokenizer of a Hugging Face folder: tokenizer.model, else a byte-level tokenizer.json; then what added_tokens.json,
/// tokenizer_config.json and generation_config.json say beside it.
/// </summary>
static class HuggingFaceFolder
{
    private const int MaxAdded = 1 << 16;

    /// <summary>Reads a folder.</summary>
    public static GeneratorVocabulary Read(string folder)
    {
        string model = Path.Combine(folder, "tokenizer.model");
        string json = Path.Combine(folder, "tokenizer.json");
        GeneratorVocabulary vocabulary = File.Exists(model) ? SentencePieceModelFile.Read(model)
            : File.Exists(json) ? TokenizerJsonFile.Read(json)
            : Throw.MissingFile<GeneratorVocabulary>(folder, "neither tokenizer.model nor tokenizer.json is there");
        string added = Path.Combine(folder, "added_tokens.json");
        if (File.Exists(added))
        {
            using JsonDocument document = TokenizerFiles.ReadJson(added);
            vocabulary = WithAdded(vocabulary, AddedTokens(document.RootElement, added), added);
        }

        string config = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(config))
        {
            using JsonDocument document = TokenizerFiles.ReadJson(config);
            vocabulary = WithConfig(vocabulary, document.RootElement, config);
        }

        string generation = Path.Combine(folder, "generation_config.json");
        if (File.Exists(generation))
        {
            using JsonDocument document = TokenizerFiles.ReadJson(generation);
            vocabulary = vocabulary with { MoreEndIds = [.. vocabulary.MoreEndIds, .. EndIds(document.RootElement, generation)] };
        }

        return vocabulary;
    }

    /// <summary>Puts tokens at their ids; rows between that nobody names become unused ones.</summary>
    public static GeneratorVocabulary WithAdded(
        GeneratorVocabulary vocabulary, IReadOnlyList<(string Token, int Id, TokenKind Kind)> added, string path)
    {
        if (added.Count == 0)
        {
            return vocabulary;
        }

        int count = vocabulary.Tokens.Count;
        int size = Math.Max(count, added.Max(static token => token.Id) + 1);
        if (size > count + MaxAdded || added.Any(static token => token.Id < 0))
        {
            Throw.Data($"added tokens reach id {size - 1}; ids 0 to {count + MaxAdded - 1} are allowed", path);
        }

        string[] tokens = [.. vocabulary.Tokens, .. Enumerable.Repeat("", size - count)];
        TokenKind[] kinds = new TokenKind[size];
        float[] scores = new float[vocabulary.Scores.Count == 0 ? 0 : size];
        for (int id = 0; id < size; id++)
        {
            kinds[id] = id < count ? vocabulary.KindOf(id) : TokenKind.Unused;
            if (scores.Length > 0 && id < count)
            {
                scores[id] = vocabulary.Scores[id];
            }
        }

        foreach ((string token, int id, TokenKind kind) in added)
        {
            tokens[id] = token;
            kinds[id] = kinds[id] is TokenKind.Unknown or TokenKind.Control ? kinds[id] : kind;
        }

        return vocabulary with { Tokens = tokens, Kinds = kinds, Scores = scores };
    }

    /// <summary>Id of a token by its text, or null.</summary>
    private static int? IdOf(GeneratorVocabulary vocabulary, string? token)
    {
        for (int id = vocabulary.Tokens.Count - 1; token is not null && id >= 0; id--)
        {
            if (vocabulary.Tokens[id] == token)
            {
                return id;
            }
        }

        return null;
    }

    private static List<(string Token, int Id, TokenKind Kind)> AddedTokens(JsonElement root, string path)
    {
        List<(string, int, TokenKind)> tokens = [];
        foreach (JsonProperty token in root.EnumerateObject())
        {
            if (token.Value.ValueKind == JsonValueKind.Number && token.Value.TryGetInt32(out int id))
            {
                tokens.Add((token.Name, id, TokenKind.Control)); // what an added token means is not said here: the cautious reading
            }
            else
            {
                Throw.Data($"added token '{Throw.Shown(token.Name)}' has no integer id", path);
            }
        }

        return tokens;
    }

    private static GeneratorVocabulary WithConfig(GeneratorVocabulary vocabulary, JsonElement config, string path)
    {
        if (config.TryGetProperty("added_tokens_decoder", out JsonElement decoder) && decoder.ValueKind == JsonValueKind.Object)
        {
            List<(string, int, TokenKind)> added = [];
            foreach (JsonProperty token in decoder.EnumerateObject())
            {
                if (!int.TryParse(token.Name, out int id) || TokenizerFiles.TokenName(token.Value, "content") is not string text)
                {
                    Throw.Data($"added token '{Throw.Shown(token.Name)}' must have an integer id and a content", path);
                    continue;
                }

                bool special = token.Value.TryGetProperty("special", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
                added.Add((text, id, special ? TokenKind.Control : TokenKind.UserDefined));
            }

            vocabulary = WithAdded(vocabulary, added, path);
        }

        int? begin = IdOf(vocabulary, TokenizerFiles.TokenName(config, "bos_token")) ?? vocabulary.BeginId;
        bool add = config.TryGetProperty("add_bos_token", out JsonElement wanted) && wanted.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? wanted.ValueKind == JsonValueKind.True
            : vocabulary.AddBegin;
        return vocabulary with
        {
            BeginId = begin,
            AddBegin = add && begin is not null,
            EndId = IdOf(vocabulary, TokenizerFiles.TokenName(config, "eos_token")) ?? vocabulary.EndId,
            ChatTemplate = TokenizerFiles.TokenName(config, "chat_template") ?? vocabulary.ChatTemplate,
        };
    }

    private static List<int> EndIds(JsonElement config, string path)
    {
        List<int> ids = [];
        if (config.TryGetProperty("eos_token_id", out JsonElement value) && value.ValueKind != JsonValueKind.Null)
        {
            foreach (JsonElement id in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
            {
                ids.Add(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int end)
                    ? end
                    : Throw.Data<int>("eos_token_id must be an integer or a list of integers", path));
            }
        }

        return ids;
    }
}
