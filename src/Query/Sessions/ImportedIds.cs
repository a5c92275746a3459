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

        return [.. (ids is null ? Map(path) : File.ReadAllLines(path)).Select(id => Passage(store, id.Trim(), path))];
    }

    private static ImportedPassage Passage(IPassageStore store, string id, string path)
    {
        string text = store.ReadPassage(PassageId.Parse(id))?.RetrieverText ?? throw new JmlrOperationException($"passage '{id}' of '{path}' is not in the store");
        return new ImportedPassage(id, Convert.FromHexString(ContentHash.Of(text)));
    }

    /// <summary>{"0": "id", ...} in the order of the numbers.</summary>
    private static string[] Map(string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            int count = json.RootElement.EnumerateObject().Count();
            return [.. Enumerable.Range(0, count).Select(pid => json.RootElement.GetProperty(pid.ToString(System.Globalization.CultureInfo.InvariantCulture)).GetString() ?? "")];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new JmlrDataException($"no object with a passage id for each number from 0: {error.Message}", path);
        }
    }
}
