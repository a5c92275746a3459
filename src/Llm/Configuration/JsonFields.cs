using System.Text.Json;

namespace Jmlr.Llm.Configuration;

/// <summary>Typed, strict access to the fields of a JSON object; null and absent are the same, another type is refused.</summary>
readonly struct JsonFields(string path, JsonElement element)
{
    internal string Path => path;

    internal int? Size(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        long number = value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long whole) ? whole : Wrong<long>(name, value, "an integer");
        return ConfigurationCheck.Range(path, $"'{name}'", number, 1, 1 << 24);
    }

    internal double? Number(string name) =>
        !Find(name, out JsonElement value) ? null : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : Wrong<double?>(name, value, "a number");

    internal bool? Flag(string name) =>
        !Find(name, out JsonElement value) ? null : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Wrong<bool?>(name, value, "true or false");

    internal string? Text(string name) =>
        !Find(name, out JsonElement value) ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string?>(name, value, "a string");

    internal JsonFields? Object(string name) =>
        !Find(name, out JsonElement value) ? null : value.ValueKind == JsonValueKind.Object ? new JsonFields(path, value) : Wrong<JsonFields?>(name, value, "an object");

    internal bool Find(string name, out JsonElement value) => element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private T Wrong<T>(string name, JsonElement value, string wanted) => Throw.Data<T>(path, $"'{name}' is {value.ValueKind}, expected {wanted}");
}
