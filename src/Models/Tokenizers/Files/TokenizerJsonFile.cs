using System.Text.Json;
using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>
/// Reads a byte-level BPE <c>tokenizer.json</c> (Hugging Face tokenizers): vocabulary, merges as strings or pairs, added tokens. Truncation
/// and padding in it are ignored. Everything that would change ids and is not known is refused.
/// </summary>
static class TokenizerJsonFile
{
    private const int MaxTokens = 1 << 21;

    /// <summary>Reads a file.</summary>
    public static GeneratorVocabulary Read(string path)
    {
        using JsonDocument document = TokenizerFiles.ReadJson(path);
        JsonElement root = document.RootElement;
        JsonElement model = Member(root, "model", JsonValueKind.Object, path);
        string type = Text(model, "type") ?? "BPE";
        if (type != "BPE" || Flag(model, "byte_fallback"))
        {
            Throw.Data($"tokenizer model '{Throw.Shown(type)}'{(Flag(model, "byte_fallback") ? " with byte fallback" : "")}; only byte-level BPE is read from tokenizer.json, SentencePiece from tokenizer.model", path);
        }

        if (root.TryGetProperty("normalizer", out JsonElement normaliser) && normaliser.ValueKind != JsonValueKind.Null)
        {
            Throw.Data($"normalizer '{Throw.Shown(Text(normaliser, "type") ?? "?")}'; none is allowed", path);
        }

        GeneratorVocabulary vocabulary = new()
        {
            Path = path,
            Family = TokenizerFamily.ByteLevelBpe,
            Tokens = Tokens(Member(model, "vocab", JsonValueKind.Object, path), path),
            Merges = Merges(Member(model, "merges", JsonValueKind.Array, path), path),
            PreTokenizer = PreTokenizerPattern.NameOf(Member(root, "pre_tokenizer", JsonValueKind.Object, path), path),
            IgnoreMerges = Flag(model, "ignore_merges"),
            AddSpacePrefix = false,
        };
        vocabulary = HuggingFaceFolder.WithAdded(vocabulary, Added(root, path), path);
        int? begin = root.TryGetProperty("post_processor", out JsonElement processor) ? Begin(processor) is string token ? Find(vocabulary, token, path) : null : null;
        return vocabulary with { BeginId = begin, AddBegin = begin is not null };
    }

    /// <summary>A string member, or null.</summary>
    public static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>True when a boolean member is there and true.</summary>
    public static bool Flag(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static JsonElement Member(JsonElement element, string name, JsonValueKind kind, string path) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind
            ? value
            : Throw.Data<JsonElement>($"member '{name}' is missing or not {kind}", path);

    private static string[] Tokens(JsonElement vocab, string path)
    {
        List<(string Token, int Id)> pairs = [];
        foreach (JsonProperty pair in vocab.EnumerateObject())
        {
            int id = pair.Value.ValueKind == JsonValueKind.Number && pair.Value.TryGetInt32(out int number) ? number : -1;
            if (id is < 0 or >= MaxTokens)
            {
                Throw.Data($"token '{Throw.Shown(pair.Name)}' has no id in 0..{MaxTokens - 1}", path);
            }

            pairs.Add((pair.Name, id));
        }

        string[] tokens = new string[pairs.Count == 0 ? 0 : pairs.Max(static pair => pair.Id) + 1];
        Array.Fill(tokens, "");
        foreach ((string token, int id) in pairs)
        {
            tokens[id] = token;
        }

        return tokens;
    }

    private static List<string> Merges(JsonElement merges, string path)
    {
        List<string> list = new(merges.GetArrayLength());
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            bool pair = merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
                && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String;
            list.Add(pair ? merge[0].GetString() + " " + merge[1].GetString()
                : merge.ValueKind == JsonValueKind.String ? merge.GetString()!
                : Throw.Data<string>($"merge {list.Count} must be a string or a pair of strings", path));
        }

        return list;
    }

    private static List<(string Token, int Id, TokenKind Kind)> Added(JsonElement root, string path)
    {
        List<(string, int, TokenKind)> added = [];
        if (root.TryGetProperty("added_tokens", out JsonElement tokens) && tokens.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in tokens.EnumerateArray())
            {
                string? content = Text(token, "content");
                int id = content is not null && token.TryGetProperty("id", out JsonElement number) && number.ValueKind == JsonValueKind.Number
                    && number.TryGetInt32(out int value) ? value : -1;
                if (string.IsNullOrEmpty(content) || id < 0)
                {
                    Throw.Data($"added token {added.Count} must have a content and an id", path);
                }

                added.Add((content!, id, Flag(token, "special") ? TokenKind.Control : TokenKind.UserDefined));
            }
        }

        return added;
    }

    /// <summary>The special token that a template processor puts first, or null.</summary>
    private static string? Begin(JsonElement processor)
    {
        if (processor.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (processor.TryGetProperty("processors", out JsonElement parts) && parts.ValueKind == JsonValueKind.Array)
        {
            return parts.EnumerateArray().Select(Begin).FirstOrDefault(static token => token is not null);
        }

        return processor.TryGetProperty("single", out JsonElement single) && single.ValueKind == JsonValueKind.Array && single.GetArrayLength() > 0
            && single[0].ValueKind == JsonValueKind.Object && single[0].TryGetProperty("SpecialToken", out JsonElement special) ? Text(special, "id") : null;
    }

    private static int Find(GeneratorVocabulary vocabulary, string token, string path)
    {
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Tokens[id] == token)
            {
                return id;
            }
        }

        return Throw.Data<int>($"the post-processor names '{Throw.Shown(token)}', which is no token", path);
    }
}
