using System.Text.Json;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>Texts of the encoding goldens: their own, or of a SciFact query or document named by id.</summary>
static class ScifactTexts
{
    private static readonly Lazy<Dictionary<string, JsonElement>> Queries = new(() => Read("queries.jsonl")), Documents = new(() => Read("corpus.jsonl"));

    internal static string? Of(JsonElement entry)
    {
        if (entry.TryGetProperty("text", out JsonElement text))
        {
            return text.GetString();
        }

        if (entry.TryGetProperty("scifact_query_id", out JsonElement query))
        {
            return Queries.Value.TryGetValue(Id(query), out JsonElement found) ? found.GetProperty("text").GetString() : null;
        }

        if (!Documents.Value.TryGetValue(Id(entry.GetProperty("scifact_doc_id")), out JsonElement document))
        {
            return null;
        }

        string title = document.GetProperty("title").GetString()!;
        return entry.GetProperty("field").GetString() == "title" ? title : $"{title}. {document.GetProperty("text").GetString()}";
    }

    private static string Id(JsonElement id) => id.ValueKind == JsonValueKind.String ? id.GetString()! : id.GetRawText();

    private static Dictionary<string, JsonElement> Read(string file) =>
        File.ReadLines(SharedData.Require($"retrieval/scifact/{file}")).Select(line => JsonDocument.Parse(line).RootElement)
            .GroupBy(element => Id(element.GetProperty("_id"))).ToDictionary(group => group.Key, group => group.First());
}
