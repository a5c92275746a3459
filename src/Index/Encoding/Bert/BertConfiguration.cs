using System.Text.Json;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Encoding.Bert;

/// <summary>Shape of a BERT encoder, from Hugging Face <c>config.json</c>.</summary>
sealed record BertConfiguration(
    int LayerCount, int HiddenSize, int HeadCount, int IntermediateSize, int VocabularySize, int MaximumPositions, double LayerNormEpsilon)
{
    /// <summary>Width of a head.</summary>
    internal int HeadSize => HiddenSize / HeadCount;

    /// <summary>Reads and validates the file.</summary>
    internal static BertConfiguration Read(string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            JsonElement root = json.RootElement;
            string activation = root.TryGetProperty("hidden_act", out JsonElement act) ? act.GetString() ?? "" : "gelu";
            string positions = root.TryGetProperty("position_embedding_type", out JsonElement type) ? type.GetString() ?? "" : "absolute";
            if (activation != "gelu" || positions != "absolute")
            {
                throw new JmlrDataException($"hidden_act '{activation}' and position_embedding_type '{positions}': only 'gelu' and 'absolute' are supported", path);
            }

            var configuration = new BertConfiguration(
                Integer(root, "num_hidden_layers", 1, 200, path), Integer(root, "hidden_size", 1, 16_384, path), Integer(root, "num_attention_heads", 1, 1024, path),
                Integer(root, "intermediate_size", 1, 65_536, path), Integer(root, "vocab_size", 1, 4_000_000, path), Integer(root, "max_position_embeddings", 1, 1_000_000, path),
                root.TryGetProperty("layer_norm_eps", out JsonElement epsilon) ? epsilon.GetDouble() : 1e-12);
            return configuration.HiddenSize % configuration.HeadCount == 0 && configuration.LayerNormEpsilon is > 0 and < 1
                ? configuration
                : throw new JmlrDataException($"hidden_size {configuration.HiddenSize} with {configuration.HeadCount} heads, layer_norm_eps {configuration.LayerNormEpsilon}", path);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IOException)
        {
            throw new JmlrDataException($"not a BERT configuration: {error.Message}", path, null, error);
        }
    }

    private static int Integer(JsonElement root, string name, int minimum, int maximum, string path) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= minimum && number <= maximum
            ? number
            : throw new JmlrDataException($"'{name}' is {(root.TryGetProperty(name, out JsonElement found) ? found.GetRawText() : "missing")}: a whole number from {minimum} to {maximum} is needed", path);
}
