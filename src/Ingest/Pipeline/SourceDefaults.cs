using System.Text.Json;
using System.Text.Json.Serialization;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Pipeline;

/// <summary>A <c>source.json</c> beside the data: provenance of everything in its folder and below, unless a file, an option or a nearer <c>source.json</c> says otherwise.</summary>
sealed record SourceDefaults
{
    internal const string FileName = "source.json";
    internal const int MaxBytes = 1 << 16;

    public string? Source { get; init; }

    public string? Publisher { get; init; }

    public string? Licence { get; init; }

    public string? License { get; init; }

    public string? Jurisdiction { get; init; }

    public string? Url { get; init; }

    public string? Language { get; init; }

    public string? GradeScheme { get; init; }

    public DateOnly? Published { get; init; }

    public bool? Withdrawn { get; init; }

    /// <summary>Adds the defaults of a folder to those from above; a damaged file is refused.</summary>
    public static Provenance Apply(string folder, Provenance above, GivenProvenance given)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return given.Over(above);
        }

        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                Throw.Data($"more than {MaxBytes} bytes", path);
            }

            return given.Over(Read(File.ReadAllBytes(path), path).Over(above));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Throw.Data<Provenance>($"cannot be read ({error.Message})", path, inner: error);
        }
    }

    /// <summary>Reads the file; a damaged one is refused.</summary>
    public static SourceDefaults Read(ReadOnlySpan<byte> json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json.StartsWith("\uFEFF"u8) ? json[3..] : json, SourceJson.Default.SourceDefaults) ?? new SourceDefaults();
        }
        catch (JsonException error)
        {
            string where = error.Path is { Length: > 2 } field ? $"{CanonicalText.Of(field.AsSpan(2, Math.Min(field.Length - 2, 60)))}, line {error.LineNumber + 1}" : $"line {error.LineNumber + 1}";
            return Throw.Data<SourceDefaults>($"not valid JSON of a source ({where}): expected an object of texts; published yyyy-mm-dd, withdrawn true or false", path, inner: error);
        }
    }

    /// <summary>These defaults, else those from above.</summary>
    public Provenance Over(Provenance above) => above with
    {
        Source = Source ?? above.Source,
        Publisher = Publisher ?? above.Publisher,
        Licence = Licence ?? License ?? above.Licence,
        Jurisdiction = Jurisdiction ?? above.Jurisdiction,
        Url = Url ?? above.Url,
        Language = Language ?? above.Language,
        EvidenceGrade = GradeScheme ?? above.EvidenceGrade,
        Published = Published ?? above.Published,
        Withdrawn = Withdrawn ?? above.Withdrawn,
    };
}

[JsonSerializable(typeof(SourceDefaults))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, PropertyNameCaseInsensitive = true, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
sealed partial class SourceJson : JsonSerializerContext;
