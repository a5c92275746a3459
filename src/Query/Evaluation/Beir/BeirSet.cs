using System.Text.Json;
using Jmlr.Models.Errors;

namespace Jmlr.Query.Evaluation.Beir;

/// <summary>A document of a collection.</summary>
public sealed record BeirDocument(string Id, string Title, string Text);

/// <summary>A query of a collection.</summary>
public sealed record BeirQuery(string Id, string Text);

/// <summary>
/// A collection in BEIR's layout: <c>corpus.jsonl</c> (<c>_id, title, text</c>), <c>queries.jsonl</c> (<c>_id, text</c>; also <c>queries.SPLIT.jsonl</c>), <c>qrels/SPLIT.tsv</c>. Only the
/// queries that the split judges are kept, in the order of the judgements.
/// </summary>
public sealed record BeirSet(string Name, string Split, IReadOnlyList<BeirDocument> Documents, IReadOnlyList<BeirQuery> Queries, Judgements Judgements)
{
    /// <summary>Reads a folder.</summary>
    public static BeirSet Read(string folder, string split, CancellationToken cancellation = default)
    {
        string corpus = Demand(folder, "corpus.jsonl"), questions = Demand(folder, "queries.jsonl");
        string judged = Path.Combine(folder, "qrels", $"{split}.tsv");
        if (!File.Exists(judged))
        {
            string known = Directory.Exists(Path.Combine(folder, "qrels")) ? string.Join(", ", Directory.GetFiles(Path.Combine(folder, "qrels"), "*.tsv").Select(Path.GetFileNameWithoutExtension).Order()) : "";
            throw new JmlrUsageException($"there is no '{judged}': {(known.Length == 0 ? "the folder has no qrels/*.tsv" : $"--split can be {known}")}");
        }

        Judgements judgements = Judgements.Read(judged);
        var documents = new List<BeirDocument>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string id, string title, string text, string place) in Records(corpus, cancellation))
        {
            documents.Add(ids.Add(id) ? new BeirDocument(id, title, text) : throw new JmlrDataException($"document '{id}' is given twice", place));
        }

        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        // Some collections keep the queries of a split apart.
        string apart = Path.Combine(folder, $"queries.{split}.jsonl");
        foreach ((string id, string _, string text, string place) in Records(questions, cancellation).Concat(File.Exists(apart) ? Records(apart, cancellation) : []))
        {
            if (!texts.TryAdd(id, text))
            {
                throw new JmlrDataException($"query '{id}' is given twice", place);
            }
        }

        string? unknown = judgements.Queries.FirstOrDefault(query => !texts.ContainsKey(query));
        if (unknown is not null || judgements.Queries.Count == 0)
        {
            throw new JmlrDataException(unknown is null ? "no query is judged" : $"query '{unknown}' is judged, but not in {questions}", judged);
        }

        string? empty = judgements.Queries.FirstOrDefault(query => string.IsNullOrWhiteSpace(texts[query]));
        if (empty is not null)
        {
            throw new JmlrDataException($"query '{empty}' has no text", questions);
        }

        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return new BeirSet(name, split, documents, [.. judgements.Queries.Select(query => new BeirQuery(query, texts[query]))], judgements);
    }

    private static string Demand(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? path : throw new JmlrUsageException($"'{folder}' is no BEIR folder: there is no {file} in it (expected corpus.jsonl, queries.jsonl and qrels/*.tsv)");
    }

    private static IEnumerable<(string Id, string Title, string Text, string Place)> Records(string path, CancellationToken cancellation)
    {
        foreach ((int number, string line) in TextLines.Read(path))
        {
            cancellation.ThrowIfCancellationRequested();
            string place = $"{path}:{number}";
            yield return Record(line, place);
        }
    }

    private static (string Id, string Title, string Text, string Place) Record(string line, string place)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string? id = Field(json.RootElement, "_id"), text = Field(json.RootElement, "text");
            if (string.IsNullOrEmpty(id) || text is null)
            {
                throw new JmlrDataException("expected an object with '_id' and 'text'", place);
            }

            return (id, Field(json.RootElement, "title") ?? "", text, place);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // A lone surrogate is refused when the string is made, not when it is parsed.
            throw new JmlrDataException("not valid JSON", place, inner: error);
        }
    }

    private static string? Field(JsonElement record, string name) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(name, out JsonElement value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        }
        : null;
}
