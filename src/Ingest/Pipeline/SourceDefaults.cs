using System.Text.Json;
using System.Text.Json.Serialization;
using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Pipeline;

/// <summary>A <c>source.json</c> beside the data: provenance of everything in its folder and below, unless a file or a nearer <c>source.json</c> says otherwise.</summary>
sealed record SourceDefaults
{
    internal const string FileName = "source.json";
    private const int MaxBytes = 1 << 16;

    public string? Source { get; init; }

    public string? Publisher { get; init; }

    public string? Licence { get; init; }

    public string? License { get; init; }

    public string? Jurisdiction { get; init; }

    public string? Url { get; init; }

    public string? Language { get; init; }

    /// <summary>Adds the defaults of a folder to those from above; a damaged file is refused.</summary>
    public static Provenance Apply(string folder, Provenance above, bool fixedSource)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return above;
        }

        SourceDefaults? read = null;
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                Throw.Data($"more than {MaxBytes} bytes", path);
            }

            read = JsonSerializer.Deserialize(File.ReadAllBytes(path), SourceJson.Default.SourceDefaults);
        }
        catch (JsonException error)
        {
            Throw.Data($"not valid JSON (line {error.LineNumber + 1})", path, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.Data($"cannot be read ({error.Message})", path, inner: error);
        }

        return read is null ? above : above with
        {
            Source = fixedSource ? above.Source : read.Source ?? above.Source,
            Publisher = read.Publisher ?? above.Publisher,
            Licence = read.Licence ?? read.License ?? above.Licence,
            Jurisdiction = read.Jurisdiction ?? above.Jurisdiction,
            Url = read.Url ?? above.Url,
            Language = read.Language ?? above.Language,
        };
    }
}

[JsonSerializable(typeof(SourceDefaults))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, PropertyNameCaseInsensitive = true, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
sealed partial class SourceJson : JsonSerializerContext;
