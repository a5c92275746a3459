using System.Text.Json;

namespace Jmlr.Cli.Json;

/// <summary>Enum values as JSON writes them.</summary>
static class JsonNames
{
    internal static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
