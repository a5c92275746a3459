using System.Globalization;
using System.Text.Json;
using Jmlr.Index.Interop;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;

namespace Jmlr.Query.Sessions;

/// <summary>Which passage of the store each passage of a foreign index is.</summary>
static class ImportedIds
{
    private const int MostBytes = 1 << 30;

    internal static ImportedPassage[] Read(IPassageStore store, string folder, string? ids)
    {
        string path = ids ?? Path.Combine(folder, "pid_docid_map.json");
        if (!File.Exists(path) || new FileInfo(path).Length > MostBytes)
        {
            throw new JmlrOperationException(File.Exists(path)
                ? $"'{path}' is longer than {MostBytes} bytes"
                : $"'{path}' is missing: name a file with --ids that has the passage id of each passage of the index, a line each ('jmlr show' prints ids)");
        }

        string[] named = ids is null ? Map(path) : File.ReadAllLines(path);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var passages = new ImportedPassage[named.Length];
        for (int number = 0; number < named.Length; number++)
        {
            string id = named[number].Trim();
            if (!PassageId.TryParse(id, out PassageId parsed))
            {
                throw new JmlrDataException($"passage {number} is named '{id}': a passage id is source:name@version#ordinal", path);
            }

            if (!seen.TryAdd(id, number))
            {
                throw new JmlrDataException($"passages {seen[id]} and {number} are both named '{id}': ids must be unique in an index", path);
            }

            string text = store.ReadPassage(parsed)?.RetrieverText ?? throw new JmlrDataException($"passage {number}, '{id}', is not in the store", path);
            passages[number] = new ImportedPassage(id, Convert.FromHexString(ContentHash.Of(text)));
        }

        return passages;
    }

    /// <summary>{"0": "id", ...}: one id for each number from 0, in any order.</summary>
    private static string[] Map(string path)
    {
        var byNumber = new SortedDictionary<int, string>();
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new JmlrDataException("no JSON object with a passage id for each number", path);
            }

            foreach (JsonProperty entry in json.RootElement.EnumerateObject())
            {
                if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || entry.Value.ValueKind != JsonValueKind.String)
                {
                    throw new JmlrDataException($"'{entry.Name}' is a {entry.Value.ValueKind}: a number from 0 with a passage id in quotes is expected", path);
                }

                if (!byNumber.TryAdd(number, entry.Value.GetString()!))
                {
                    throw new JmlrDataException($"passage {number} is named twice", path);
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new JmlrDataException($"not readable as JSON: {error.Message}", path);
        }

        int named = byNumber.Keys.TakeWhile((number, i) => number == i).Count();
        if (named < byNumber.Count)
        {
            throw new JmlrDataException($"passage {named} has no name: each number from 0 on needs one", path);
        }

        return [.. byNumber.Values];
    }
}
