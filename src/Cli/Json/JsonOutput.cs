using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Jmlr.Cli.Json;

/// <summary>Writes one JSON object on standard output, snake_case, one line when redirected.</summary>
static class JsonOutput
{
    // Relaxed escaping keeps "≥" readable; control characters are escaped all the same, so nothing can steer a terminal.
    private static readonly JsonSerializerOptions Options = new(JsonContext.Default.Options)
    {
        WriteIndented = !Console.IsOutputRedirected,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = JsonContext.Default,
    };

    internal static void Write<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T))));
}
