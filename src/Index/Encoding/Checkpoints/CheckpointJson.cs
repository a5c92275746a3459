using System.Text.Json;

namespace Jmlr.Index.Encoding;

/// <summary>A JSON object of a checkpoint folder, read as untrusted: every wrong kind of value is an error that names file and key.</summary>
sealed class CheckpointJson : IDisposable
{
    private const int MaximumBytes = 16 << 20, MaximumDepth = 16;

    private readonly JsonDocument _document;

    private CheckpointJson(string path, JsonDocument document)
    {
        Path = path;
        _document = document;
    }

    internal string Path { get; }

    internal JsonElement Root => _document.RootElement;

    internal static CheckpointJson Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaximumBytes)
            {
                Throw.Checkpoint(path, $"larger than {MaximumBytes} bytes");
            }

            return new CheckpointJson(path, JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = MaximumDepth }));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return Throw.NotJson<CheckpointJson>(path, error);
        }
    }

    internal static CheckpointJson ReadObject(string path)
    {
        CheckpointJson json = Read(path);
        if (json.Root.ValueKind != JsonValueKind.Object)
        {
            using (json)
            {
                Throw.Checkpoint(path, $"a JSON object is needed, found {json.Root.ValueKind}");
            }
        }

        return json;
    }

    internal string Text(string name, string otherwise) => Text(Root, name, otherwise);

    internal string Text(JsonElement element, string name, string otherwise)
    {
        if (!TryGet(element, name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString()! : Throw.WrongKind<string>(Path, name, value, "a text");
    }

    internal bool Flag(string name, bool otherwise)
    {
        if (!TryGet(Root, name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Throw.WrongKind<bool>(Path, name, value, "true or false");
    }

    internal int Integer(string name, int minimum, int maximum, int? otherwise = null)
    {
        if (!TryGet(Root, name, out JsonElement value) && otherwise is int number)
        {
            return number;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int given) && given >= minimum && given <= maximum
            ? given
            : Throw.WrongKind<int>(Path, name, value, $"a whole number from {minimum} to {maximum}");
    }

    internal double Number(string name, double otherwise)
    {
        if (!TryGet(Root, name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : Throw.WrongKind<double>(Path, name, value, "a number");
    }

    internal string[] Texts(string name)
    {
        if (!TryGet(Root, name, out JsonElement value))
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : Throw.WrongKind<string[]>(Path, name, value, "a list of texts");
    }

    public void Dispose() => _document.Dispose();

    private static bool TryGet(JsonElement element, string name, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }
}
