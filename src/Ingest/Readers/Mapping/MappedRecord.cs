using System.Globalization;
using System.Text.Json;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Json;

namespace Jmlr.Ingest.Readers.Mapping;

/// <summary>A record read by a <see cref="FieldMap"/>. What is not mapped is taken from the names that records usually have.</summary>
sealed class MappedRecord(FieldMap map, JsonElement record)
{
    private static readonly (string Field, string Ours)[] Provenance =
    [
        ("url", "url"), ("published", "date"), ("source", "source"), ("publisher", "publisher"), ("jurisdiction", "jurisdiction"), ("licence", "licence"), ("language", "language"),
        ("supersedes", "supersedes"), ("withdrawn", "withdrawn"), ("grade_scheme", "grade_scheme"), ("title", "title"),
    ];

    /// <summary>The text, its parts apart from each other; null when the record has none.</summary>
    public string? Text => Joined("text");

    /// <summary>The id; null when it is not mapped.</summary>
    public string? Id => First("id");

    /// <summary>What the record says of itself goes to the front data of a document.</summary>
    public void Fill(FrontData front)
    {
        foreach ((string field, string ours) in Provenance)
        {
            front.Set(field, First(ours), strict: false);
        }
    }

    /// <summary>A question: mapped fields instead of the known ones.</summary>
    public QuestionFields Question(QuestionFields known) => known with
    {
        Id = Id ?? known.Id,
        Topic = First("topic") ?? known.Topic,
        Question = map.Has("question") ? Joined("question") ?? "" : known.Question,
        Options = map.Has("options") ? Options() : known.Options,
        Answer = map.Has("answer") ? First("answer") : known.Answer,
        Reasoning = map.Has("reasoning") ? Joined("reasoning") : known.Reasoning,
    };

    private string? First(string ours) => map.Values(record, ours).Select(static value => Words(value, ", ")).FirstOrDefault(static text => !string.IsNullOrWhiteSpace(text));

    private string? Joined(string ours)
    {
        string text = string.Join("\n\n", map.Values(record, ours).Select(static value => Words(value, "\n\n")).Where(static text => !string.IsNullOrWhiteSpace(text)));
        return text.Length == 0 ? null : text;
    }

    private List<(string, string)> Options()
    {
        List<(string, string)> options = [];
        foreach (JsonElement value in map.Values(record, "options"))
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                options.AddRange(value.EnumerateObject().Select(static option => (option.Name, Words(option.Value, ", ") ?? "")));
                continue;
            }

            foreach (string? text in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(static option => Words(option, ", ")) : [Words(value, ", ")])
            {
                options.Add((((char)('A' + (options.Count % 26))).ToString(CultureInfo.InvariantCulture), text ?? ""));
            }
        }

        return options;
    }

    /// <summary>A scalar as text, a list of scalars joined; objects are no text.</summary>
    private static string? Words(JsonElement value, string separator) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array => string.Join(separator, value.EnumerateArray().Where(static item => item.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)).Select(item => Words(item, separator))),
        _ => null,
    };
}
