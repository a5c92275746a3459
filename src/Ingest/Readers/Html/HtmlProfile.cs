using System.Text.Json;
using System.Text.Json.Serialization;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>How pages of one origin are read. Profiles are data: <c>profiles.json</c>; the first that matches is used, the last is the generic one.</summary>
sealed record HtmlProfile
{
    public required string Name { get; init; }

    /// <summary>Names of meta elements, one of which marks a page of this kind; none: every page.</summary>
    public string[] MatchMeta { get; set; } = [];

    /// <summary>Meta element whose content is the name part of the key.</summary>
    public string? KeyMeta { get; init; }

    public string? Jurisdiction { get; init; }

    /// <summary>Front-data field to names of meta elements, best first.</summary>
    public Dictionary<string, string[]> Meta { get; set; } = [];

    /// <summary>Front-data field to labels of definition lists (dt), best first.</summary>
    public Dictionary<string, string[]> Definitions { get; set; } = [];

    /// <summary>Front-data field to headings whose section holds the value.</summary>
    public Dictionary<string, string[]> Fields { get; set; } = [];

    /// <summary>Headings below which the text recommends; none: the general rule.</summary>
    public string[] RecommendationHeadings { get; set; } = [];

    /// <summary>True when a short paragraph wholly in bold is a heading.</summary>
    public bool PseudoHeadings { get; init; }

    /// <summary>All profiles, generic last.</summary>
    public static IReadOnlyList<HtmlProfile> All { get; } = Load();

    /// <summary>The profile of a page with these meta elements.</summary>
    public static HtmlProfile For(IReadOnlyDictionary<string, string> meta) =>
        All.First(profile => profile.MatchMeta.Length == 0 || profile.MatchMeta.Any(meta.ContainsKey));

    private static HtmlProfile[] Load()
    {
        using Stream stream = typeof(HtmlProfile).Assembly.GetManifestResourceStream("Jmlr.Ingest.Readers.Html.profiles.json")!;
        return JsonSerializer.Deserialize(stream, HtmlProfileJson.Default.HtmlProfileArray)!;
    }
}

[JsonSerializable(typeof(HtmlProfile[]))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
sealed partial class HtmlProfileJson : JsonSerializerContext;
