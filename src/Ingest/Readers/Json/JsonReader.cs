using System.Text;
using System.Text.Json;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Decoding;
using Jmlr.Ingest.Readers.Mapping;
using Jmlr.Ingest.Readers.Records;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Readers.Json;

/// <summary>JSON lines, a JSON array, or an object of records (also nested by data set): questions with reasonings, and text records. A bad record is rejected by its line, the rest is read.</summary>
public sealed class JsonReader : IRecordReader
{
    private const int MaxDepth = 64;
    private const int MaxRejects = 1000;
    private const int MaxReason = 200;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowTrailingCommas = true };

    /// <inheritdoc/>
    public string Format => "json";

    /// <inheritdoc/>
    public double Recognise(SourceFile file)
    {
        ReadOnlySpan<byte> bytes = SkipMark(file.Content).Span.TrimStart(" \t\r\n"u8);
        bool named = file.Path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase);
        if (bytes.Length == 0 || bytes[0] is not ((byte)'{' or (byte)'['))
        {
            return named ? 0.7 : 0;
        }

        ReadOnlySpan<byte> rest = bytes[1..].TrimStart(" \t\r\n"u8);
        return rest.Length > 0 && rest[0] is (byte)'"' or (byte)'{' ? 0.97 : named ? 0.9 : 0.3;
    }

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        ReadOnlyMemory<byte> content = SkipMark(file.Content);
        if (!System.Text.Unicode.Utf8.IsValid(content.Span))
        {
            content = Encoding.UTF8.GetBytes(TextDecoding.Decode(file.Content.Span, file.Path));
        }

        content = HalfPairs.Replace(content);
        if (file.Part is RecordPart part)
        {
            return part.Layout is JsonLinesLayout ? Lines(file, content) : Whole(file, content);
        }

        if (IsLines(content, file.Fields))
        {
            RefuseQueries(file, content);
            return Lines(file, content);
        }

        return Whole(file, content);
    }

    RecordLayout? IRecordReader.Layout(SourceFile head)
    {
        ReadOnlyMemory<byte> content = SkipMark(head.Content);
        ReadOnlySpan<byte> text = content.Span.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty || text.Contains((byte)0))
        {
            return null; // another encoding, or no JSON
        }

        if (text[0] == '[')
        {
            return JsonArrayLayout.Instance;
        }

        bool oneLong = !text.Contains((byte)'\n') && (head.Path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || head.Path.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase));
        if (text[0] != '{' || !(oneLong || IsLines(content, head.Fields)))
        {
            return null;
        }

        RefuseQueries(head, content);
        return JsonLinesLayout.Instance;
    }

    /// <summary>True when the first line is a whole JSON object and something follows it, or it is all there is.</summary>
    private static bool IsLines(ReadOnlyMemory<byte> content, FieldMap? fields)
    {
        ReadOnlySpan<byte> span = content.Span.TrimStart(" \t\r\n"u8);
        int end = span.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? span : span[..end];
        if (line.IsEmpty || line[0] != '{')
        {
            return false;
        }

        try
        {
            Utf8JsonReader reader = new(line, new JsonReaderOptions { MaxDepth = MaxDepth });
            return reader.Read() && reader.TrySkip() && (end >= 0 && !span[end..].Trim(" \t\r\n"u8).IsEmpty || JsonRecordReader.Matches(JsonDocument.Parse(line.ToArray(), Options).RootElement, fields));
        }
        catch (JsonException)
        {
            // A first line that is broken among others that are not: still lines.
            ReadOnlySpan<byte> next = end < 0 ? [] : span[end..].TrimStart(" \t\r\n"u8);
            return line.Length > 1 && line[^1] != ',' && !next.IsEmpty && next[0] == '{';
        }
    }

    private static IEnumerable<Document> Lines(SourceFile file, ReadOnlyMemory<byte> content)
    {
        long number = file.Part?.Lines ?? 0;
        int rejects = 0;
        while (content.Length > 0)
        {
            number++;
            int end = content.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> line = end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            foreach (Document document in Record(file with { Path = $"{file.Path}:{number}" }, line, ref rejects, file.Reject))
            {
                yield return document;
            }
        }
    }

    private static List<Document> Record(SourceFile place, ReadOnlyMemory<byte> line, ref int rejects, Action<JmlrDataException>? reject)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line, Options);
            return [.. Documents(place, json.RootElement, null)];
        }
        catch (JsonException error)
        {
            Refuse(new JmlrDataException($"not valid JSON: {Reason(error)}", place.Path, inner: error), ref rejects, reject);
        }
        catch (JmlrDataException error)
        {
            Refuse(error, ref rejects, reject);
        }

        return [];
    }

    private static IEnumerable<Document> Whole(SourceFile file, ReadOnlyMemory<byte> content)
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(content, Options);
        }
        catch (JsonException error)
        {
            json = Throw.Data<JsonDocument>($"not valid JSON: {Reason(error)} (line {error.LineNumber + 1 + (file.Part?.Lines ?? 0)})", file.Path, inner: error);
        }

        using (json)
        {
            if (file.Fields is null && UspstfReader.Matches(json.RootElement))
            {
                foreach (Document topic in UspstfReader.Read(file, json.RootElement))
                {
                    yield return topic;
                }

                yield break;
            }

            int rejects = 0;
            long number = file.Part?.Records ?? 0;
            foreach ((string? set, string? key, JsonElement record) in Records(json.RootElement, file.Fields))
            {
                number++;
                SourceFile place = file with { Path = $"{file.Path}:{(key is null ? $"record {number}" : set is null ? key : $"{set}/{key}")}" };
                List<Document> documents = [];
                try
                {
                    documents.AddRange(Documents(place, record, set is null ? key : $"{set}:{key}"));
                }
                catch (JmlrDataException error)
                {
                    Refuse(error, ref rejects, file.Reject);
                }

                foreach (Document document in documents)
                {
                    yield return document;
                }
            }

            if (number == 0)
            {
                Throw.Data("no records found", file.Path);
            }
        }
    }

    private static IEnumerable<(string? Set, string? Key, JsonElement Record)> Records(JsonElement root, FieldMap? fields)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return root.EnumerateArray().Select(static record => ((string?)null, (string?)null, record));
        }

        if (root.ValueKind != JsonValueKind.Object || JsonRecordReader.Matches(root, fields))
        {
            return [(null, null, root)];
        }

        // Records of an unknown layout are often the one list of an object ("data", "items").
        if (fields is not null && root.EnumerateObject().FirstOrDefault(static one => one.Value.ValueKind == JsonValueKind.Array && one.Value.GetArrayLength() > 0 && one.Value[0].ValueKind == JsonValueKind.Object) is { Value.ValueKind: JsonValueKind.Array } list)
        {
            return list.Value.EnumerateArray().Select(static record => ((string?)null, (string?)null, record));
        }

        // Keyed records (PubMedQA), or sets of keyed records (MIRAGE).
        return root.EnumerateObject().SelectMany(outer => outer.Value.ValueKind == JsonValueKind.Object && !JsonRecordReader.Matches(outer.Value, fields)
            ? outer.Value.EnumerateObject().Select(inner => ((string?)outer.Name, (string?)inner.Name, inner.Value))
            : [(null, outer.Name, outer.Value)]);
    }

    private static IEnumerable<Document> Documents(SourceFile place, JsonElement record, string? key)
    {
        if (record.ValueKind != JsonValueKind.Object || !JsonRecordReader.Matches(record, place.Fields))
        {
            Throw.Data($"a JSON {record.ValueKind.ToString().ToLowerInvariant()} that is no known record{Has(record)}: {JsonRecordReader.Expected(place.Fields)}", place.Path);
        }

        return JsonRecordReader.Read(place, record, key, "jsonl");
    }

    private static string Has(JsonElement record) => record.ValueKind != JsonValueKind.Object ? ""
        : $" (it has {string.Join(", ", record.EnumerateObject().Take(12).Select(static property => property.Name.Length > 40 ? property.Name[..40] + "…" : property.Name))})";

    /// <summary>BEIR: documents have a title, if an empty one, queries have none.</summary>
    private static bool IsQuery(JsonElement record) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty("_id", out _) && !record.TryGetProperty("title", out _)
        && record.EnumerateObject().All(static property => property.Name is "_id" or "text" or "metadata");

    private static void RefuseQueries(SourceFile file, ReadOnlyMemory<byte> content)
    {
        if (file.Fields is not null)
        {
            return;
        }

        int end = content.Span.IndexOf((byte)'\n');
        try
        {
            using JsonDocument first = JsonDocument.Parse(end < 0 ? content : content[..end], Options);
            if (IsQuery(first.RootElement))
            {
                Throw.Data("queries of a retrieval benchmark (no titles), not documents", file.Path);
            }
        }
        catch (JsonException)
        {
            // The lines are told one by one.
        }
    }

    private static void Refuse(JmlrDataException error, ref int rejects, Action<JmlrDataException>? reject)
    {
        if (reject is null || ++rejects > MaxRejects)
        {
            throw error;
        }

        reject(error);
    }

    private static string Reason(JsonException error)
    {
        int cut = error.Message.IndexOf(" LineNumber", StringComparison.Ordinal);
        string reason = (cut > 0 ? error.Message[..cut] : error.Message).ReplaceLineEndings(" ");
        return reason.Length > MaxReason ? reason[..MaxReason] + "…" : reason; // it may hold a whole value
    }

    private static ReadOnlyMemory<byte> SkipMark(ReadOnlyMemory<byte> content) => content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content;
}
