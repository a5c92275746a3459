using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Html;

namespace Jmlr.Ingest.Readers.Json;

/// <summary>
/// The dump of the USPSTF's Prevention TaskForce API: one document a topic, with its recommendations (grade, population, definition of the grade as of its version)
/// before the text, which is HTML inside JSON.
/// </summary>
static class UspstfReader
{
    private const string Page = "https://www.uspreventiveservicestaskforce.org/uspstf/recommendation/";

    // Field to the heading that it gets when it does not bring one.
    private static readonly string[] Texts = ["rationale", "clinical", "discussion", "pathwayToBenefit", "other"];

    public static bool Matches(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("generalRecommendations", out JsonElement general) && general.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("specificRecommendations", out JsonElement specific) && specific.ValueKind == JsonValueKind.Array;

    public static IEnumerable<Document> Read(SourceFile file, JsonElement root)
    {
        ILookup<string, JsonElement> recommendations = root.GetProperty("specificRecommendations").EnumerateArray().ToLookup(static one => Scalar(one, "general") ?? "");
        HashSet<string> topics = [];
        foreach (JsonProperty topic in root.GetProperty("generalRecommendations").EnumerateObject())
        {
            topics.Add(topic.Name);
            SourceFile place = file with { Path = $"{file.Path}:{topic.Name}" };
            if (topic.Value.ValueKind == JsonValueKind.Object)
            {
                yield return Topic(place, topic.Name, topic.Value, recommendations[topic.Name], root);
            }
        }

        foreach (IGrouping<string, JsonElement> orphan in recommendations.Where(group => !topics.Contains(group.Key)))
        {
            file.Reject?.Invoke(new Models.Errors.JmlrDataException($"{orphan.Count()} recommendations name the topic '{orphan.Key}', which is not in the file", file.Path));
        }
    }

    private static Document Topic(SourceFile file, string id, JsonElement topic, IEnumerable<JsonElement> recommendations, JsonElement root)
    {
        DocumentBuilder builder = new(file, "json");
        string title = Scalar(topic, "title") ?? $"Topic {id}";
        string? alias = Scalar(topic, "uspstfAlias");
        builder.Front.Set("key", KeyText.Clean(alias ?? $"topic-{id}", forSource: false), strict: false);
        builder.Front.Set("title", WebUtility.HtmlDecode(title), strict: false);
        builder.Front.Set("publisher", "U.S. Preventive Services Task Force", strict: false);
        builder.Front.Set("jurisdiction", "US", strict: false);
        builder.Front.Set("url", alias is null ? null : Page + alias, strict: false);
        builder.Front.Set("published", Scalar(topic, "pubDate") ?? Scalar(topic, "topicYear"), strict: false);
        builder.Heading(1, CanonicalText.Of(WebUtility.HtmlDecode(title)));
        builder.Heading(2, "Recommendations");
        foreach (JsonElement one in recommendations)
        {
            Recommendation(builder, one, root);
        }

        StringBuilder html = new("<html><body>");
        foreach (string name in Texts)
        {
            string text = Scalar(topic, name) ?? "";
            html.Append(text.Contains("<h2", StringComparison.OrdinalIgnoreCase) || text.Length == 0 ? "" : $"<h2>{Heading(name)}</h2>").Append(text).Append('\n');
        }

        using StringReader reader = new(html.Append("</body></html>").ToString());
        new HtmlWalker(builder, new HtmlWalkerOptions(PseudoHeadings: false, Positions: false)).Walk(HtmlReader.Parse(reader, file.Path).DocumentNode);
        return builder.Finish();
    }

    private static void Recommendation(DocumentBuilder builder, JsonElement one, JsonElement root)
    {
        string grade = Scalar(one, "grade") ?? "";
        StringBuilder text = new(Plain(Scalar(one, "title")));
        text.Append(text.Length > 0 ? ". " : "").Append(Plain(Scalar(one, "text")));
        if (grade.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" (Grade {grade})");
        }

        string population = Population(one, root);
        builder.Block(BlockForm.ListItem, CanonicalText.Of(population.Length == 0 ? text.ToString() : $"{text} Population: {population}."), kind: ContentKind.Recommendation, grade: grade.Length > 0 ? grade : null);
        foreach ((string name, string label) in new[] { ("servFreq", "Service and frequency"), ("riskText", "Risk") })
        {
            string more = Plain(Scalar(one, name));
            builder.Block(BlockForm.Paragraph, more.Length == 0 ? "" : $"{label}: {more}");
        }

        if (Definition(one, grade, root) is string definition)
        {
            builder.Block(BlockForm.Paragraph, $"Grade {grade} means: {definition}", kind: ContentKind.Narrative);
        }
    }

    /// <summary>The definition of a grade in the version that the recommendation was graded by.</summary>
    private static string? Definition(JsonElement one, string grade, JsonElement root)
    {
        int version = one.TryGetProperty("gradeVer", out JsonElement given) && given.TryGetInt32(out int number) ? number : 0;
        return root.TryGetProperty("grades", out JsonElement grades) && grades.TryGetProperty(grade, out JsonElement list) && list.ValueKind == JsonValueKind.Array && version >= 0 && version < list.GetArrayLength()
            ? Plain(list[version].GetString()) : null;
    }

    private static string Population(JsonElement one, JsonElement root)
    {
        List<string> parts = [];
        if (Scalar(one, "sex") is string sex && sex.Length > 0)
        {
            parts.Add(sex);
        }

        if (one.TryGetProperty("ageRange", out JsonElement ages) && ages.ValueKind == JsonValueKind.Array && ages.GetArrayLength() == 2)
        {
            parts.Add($"age {ages[0]} to {ages[1]} years");
        }

        if (one.TryGetProperty("risk", out JsonElement risks) && risks.ValueKind == JsonValueKind.Array && root.TryGetProperty("risks", out JsonElement names))
        {
            parts.AddRange(risks.EnumerateArray().Select(static risk => risk.ToString()).Where(risk => names.TryGetProperty(risk, out _)).Select(risk => Plain(Scalar(names.GetProperty(risk), "name")).ToLowerInvariant()));
        }

        return string.Join(", ", parts.Where(static part => part.Length > 0));
    }

    private static string Heading(string field) => field switch { "clinical" => "Clinical considerations", "other" => "Other considerations", "pathwayToBenefit" => "Pathway to benefit", _ => char.ToUpperInvariant(field[0]) + field[1..] };

    /// <summary>The words of a piece of HTML in one line.</summary>
    private static string Plain(string? html)
    {
        if (string.IsNullOrEmpty(html))
        {
            return "";
        }

        using StringReader reader = new(html.Replace("</p>", " </p>", StringComparison.OrdinalIgnoreCase).Replace("</li>", " </li>", StringComparison.OrdinalIgnoreCase).Replace("<br", " <br", StringComparison.OrdinalIgnoreCase));
        return CanonicalText.Of(WebUtility.HtmlDecode(HtmlReader.Parse(reader, "text").DocumentNode.InnerText));
    }

    private static string? Scalar(JsonElement record, string name) => record.ValueKind == JsonValueKind.Object && record.TryGetProperty(name, out JsonElement value)
        ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null } : null;
}
