using System.Text.Json;

namespace Jmlr.Ingest.Readers.Mapping;

/// <summary>
/// What the fields of records of an unknown layout are, as the user says it: <c>text=body</c> takes our text from their "body". A name may be a path into nested objects
/// ("meta.url"); several names for one field are joined (text, question, reasoning), are one option each (options), or the first that a record has is taken (all others).
/// </summary>
public sealed class FieldMap
{
    /// <summary>Fields of ours, in the order of the help.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["text", "title", "id", "url", "date", "source", "publisher", "jurisdiction", "licence", "language", "supersedes", "withdrawn", "grade_scheme", "question", "options", "answer", "reasoning", "topic"];

    private const int MaxPairs = 200;
    private const string Example = "for example --map text=body --map title=heading";
    private static readonly string[] Contents = ["text", "question", "reasoning"];
    private static readonly string[] OfQuestions = ["question", "options", "answer", "reasoning"];

    private readonly Dictionary<string, List<string>> _fields = new(StringComparer.Ordinal);

    private FieldMap()
    {
    }

    /// <summary>True when records are questions or reasonings, not texts.</summary>
    public bool IsQuestion => OfQuestions.Any(_fields.ContainsKey);

    /// <summary>True when columns are named by their numbers, so that a table has no line of names.</summary>
    public bool IsByNumber => Theirs.All(static name => name.All(char.IsAsciiDigit));

    /// <summary>The map as it was said.</summary>
    public string Said => string.Join(' ', _fields.SelectMany(static pair => pair.Value.Select(name => $"{pair.Key}={name}")));

    /// <summary>Every name of theirs.</summary>
    public IEnumerable<string> Theirs => _fields.Values.SelectMany(static names => names);

    /// <summary>Reads pairs <c>ours=theirs</c>; null when there are none. What cannot be read is refused with the names there are.</summary>
    public static FieldMap? Parse(IReadOnlyList<string> pairs)
    {
        FieldMap map = new();
        foreach (string pair in pairs)
        {
            int cut = pair.IndexOf('=', StringComparison.Ordinal);
            if (cut <= 0 || cut == pair.Length - 1)
            {
                Throw.Usage($"--map {pair}: expected FIELD=NAME, {Example}");
            }

            (string ours, string theirs) = (pair[..cut], pair[(cut + 1)..]);
            if (!Names.Contains(ours))
            {
                Throw.Usage($"--map {pair}: no field '{ours}': allowed are {string.Join(", ", Names)}; {Example}");
            }

            if (!map._fields.TryGetValue(ours, out List<string>? names))
            {
                map._fields[ours] = names = [];
            }

            names.Add(theirs);
        }

        if (pairs.Count > MaxPairs)
        {
            Throw.Usage($"--map: {pairs.Count} pairs, at most {MaxPairs}");
        }

        if (map.IsQuestion && map._fields.ContainsKey("text"))
        {
            Throw.Usage($"--map text and --map {OfQuestions.First(map._fields.ContainsKey)}: a record is a text or a question, map the fields of one of them");
        }

        return pairs.Count == 0 ? null : map;
    }

    /// <summary>The names of theirs of which a record must have one, for messages.</summary>
    public string Main => string.Join(", ", Mains);

    /// <summary>True when the map says where text, question or reasoning is; else it adds to records of a known layout.</summary>
    public bool HasContent => Contents.Any(_fields.ContainsKey);

    /// <summary>True when the record has a value for text, question or reasoning.</summary>
    public bool Matches(JsonElement record) => record.ValueKind == JsonValueKind.Object && Mains.Any(name => At(record, name) is not null);

    /// <summary>Values of theirs for a field of ours, in the order of the options; empty when the field is not mapped or the record has none.</summary>
    public IEnumerable<JsonElement> Values(JsonElement record, string ours) => _fields.TryGetValue(ours, out List<string>? names)
        ? names.Select(name => At(record, name)).OfType<JsonElement>()
        : [];

    /// <summary>True when the field is mapped.</summary>
    public bool Has(string ours) => _fields.ContainsKey(ours);

    private IEnumerable<string> Mains => Contents.Where(_fields.ContainsKey).SelectMany(name => _fields[name]);

    /// <summary>A field by its name, else by its path; null and absent are the same.</summary>
    private static JsonElement? At(JsonElement record, string name)
    {
        if (record.TryGetProperty(name, out JsonElement value))
        {
            return value.ValueKind == JsonValueKind.Null ? null : value;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && record.TryGetProperty(name[..dot], out JsonElement inner) && inner.ValueKind == JsonValueKind.Object ? At(inner, name[(dot + 1)..]) : null;
    }
}
