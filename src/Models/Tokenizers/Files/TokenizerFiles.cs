using System.Text.Json;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>Reading of small tokenizer files, with limits and errors that name the file.</summary>
static class TokenizerFiles
{
    /// <summary>Largest tokenizer file taken, in bytes.</summary>
    public const long MaxBytes = 128L << 20;

    /// <summary>All bytes of a file.</summary>
    public static byte[] ReadAll(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (stream.Length > MaxBytes)
            {
                Throw.Data($"tokenizer file of {stream.Length} bytes; at most {MaxBytes} are taken", path);
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Throw.MissingFile<byte[]>(path, error.Message);
        }
    }

    /// <summary>A JSON object; anything else is refused.</summary>
    public static JsonDocument ReadJson(string path)
    {
        byte[] bytes = ReadAll(path);
        try
        {
            JsonDocument document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                Throw.Data($"expected a JSON object, found {document.RootElement.ValueKind}", path);
            }

            return document;
        }
        catch (JsonException error)
        {
            return Throw.Data<JsonDocument>($"not valid JSON: line {error.LineNumber + 1}", path, error.BytePositionInLine, error);
        }
    }

    /// <summary>A token named as a string or as an AddedToken object with "content"; null when absent.</summary>
    public static string? TokenName(JsonElement root, string property)
    {
        if (!root.TryGetProperty(property, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content))
        {
            value = content;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
