using Jmlr.Ingest.Store;

namespace Jmlr.Query.Sessions;

/// <summary>How a document of the store differs from what the index holds of it.</summary>
public enum StaleState
{
    /// <summary>The index holds no version of it.</summary>
    Added,

    /// <summary>The index holds other versions of it.</summary>
    Changed,

    /// <summary>The index holds some of its passages, not all.</summary>
    Incomplete,

    /// <summary>The index holds it, the store does not any longer.</summary>
    Removed,
}

/// <summary>A document version that the index must take up or give up.</summary>
/// <param name="Id">Key and version, <c>key@version</c>.</param>
/// <param name="State">What happened to it.</param>
/// <param name="Passages">Passages that are to be added or removed.</param>
public sealed record StaleDocument(string Id, StaleState State, int Passages);

/// <summary>The documents that are not in the index as they are in the store, ordered by id.</summary>
public sealed record Staleness(IReadOnlyList<StaleDocument> Documents)
{
    /// <summary>Passages that an update would add or remove.</summary>
    public int Passages => Documents.Sum(document => document.Passages);

    /// <summary>Compares by id: an id stands for one text.</summary>
    internal static Staleness Of(IReadOnlyList<DocumentRecord> records, IEnumerable<string> passageIds)
    {
        var indexed = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string id in passageIds)
        {
            string version = id[..Math.Max(0, id.LastIndexOf('#'))];
            indexed[version] = indexed.GetValueOrDefault(version) + 1;
        }

        var keys = new HashSet<string>(indexed.Keys.Select(id => id[..Math.Max(0, id.LastIndexOf('@'))]), StringComparer.Ordinal);
        var stale = new List<StaleDocument>();
        foreach (DocumentRecord record in records.Where(record => record.State != VersionState.Removed))
        {
            string id = $"{record.Key}@{record.Version}";
            indexed.Remove(id, out int have);
            if (have != record.PassageCount)
            {
                StaleState state = have > 0 ? StaleState.Incomplete : keys.Contains(record.Key.ToString()) ? StaleState.Changed : StaleState.Added;
                stale.Add(new StaleDocument(id, state, Math.Abs(record.PassageCount - have)));
            }
        }

        stale.AddRange(indexed.Select(gone => new StaleDocument(gone.Key, StaleState.Removed, gone.Value)));
        return new Staleness([.. stale.OrderBy(document => document.Id, StringComparer.Ordinal)]);
    }
}
