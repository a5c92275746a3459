using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Encoding;

/// <summary>Errors of encoding, worded once.</summary>
static class Throw
{
    private const int ShownCharacters = 60;

    [DoesNotReturn]
    internal static void PassageTooLong(int tokens, int allowed, string text) =>
        throw new JmlrOperationException($"a passage of {tokens} tokens does not fit the retriever's {allowed}: it begins \"{Shown(text)}\"; ingest the source again with this model");

    [DoesNotReturn]
    internal static void UnknownPrecision(string variable, string value) => throw new JmlrUsageException($"{variable} is '{value}': allowed are bf16 and fp32");

    [DoesNotReturn]
    internal static void Checkpoint(string path, string what) => throw new JmlrDataException(what, path);

    [DoesNotReturn]
    internal static T NotJson<T>(string path, Exception error) => throw new JmlrDataException($"cannot be read as JSON: {error.Message}", path, null, error);

    [DoesNotReturn]
    internal static T WrongKind<T>(string path, string name, JsonElement found, string needed) =>
        throw new JmlrDataException($"'{name}' is {(found.ValueKind == JsonValueKind.Undefined ? "missing" : Shown(found.GetRawText()))}: {needed} is needed", path);

    [DoesNotReturn]
    internal static int NoSuchToken(string path, string token) => throw new JmlrDataException($"the marker '{Shown(token)}' is not in the vocabulary", path);

    [DoesNotReturn]
    internal static void NoSuchTensor(string path, string name) => throw new JmlrDataException($"no tensor '{name}': not a BERT checkpoint of the stated shape", path);

    [DoesNotReturn]
    internal static void WrongShape(string path, string name, IEnumerable<long> found, IEnumerable<long> needed) =>
        throw new JmlrDataException($"tensor '{name}' has shape [{string.Join(", ", found)}], the configuration says [{string.Join(", ", needed)}]", path);

    [DoesNotReturn]
    internal static void NotFloat(string path, string name, TensorType type) =>
        throw new JmlrDataException($"tensor '{name}' is {type}; a floating-point or quantised type is needed", path);

    private static string Shown(string text) => text[..Math.Min(ShownCharacters, text.Length)];
}
