using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store;

/// <summary>Finds versions of a document as people name them.</summary>
public static class StoredVersions
{
    /// <summary>Versions of a key by date, removed ones left out.</summary>
    public static IReadOnlyList<DocumentRecord> Of(IPassageStore store, DocumentKey key) =>
        [.. store.Documents.Where(record => record.Key == key && record.State != VersionState.Removed)];

    /// <summary>The version in force, else (withdrawn, or superseded by another document) the latest there is; null when there is none.</summary>
    public static DocumentRecord? Latest(IPassageStore store, DocumentKey key) => store.Find(key) ?? (Of(store, key) is [.., DocumentRecord last] ? last : null);

    /// <summary>Documents that say of themselves that they supersede a key.</summary>
    public static IReadOnlyList<DocumentKey> SupersededBy(IPassageStore store, DocumentKey key) =>
        [.. store.Documents.Where(record => record.Provenance.Supersedes == key && record.Key != key && record.State != VersionState.Removed).Select(static record => record.Key).Distinct()];

    /// <summary>The version whose written form or hash begins with <paramref name="text"/>; none or several are refused with what there is.</summary>
    public static DocumentRecord Named(IPassageStore store, DocumentKey key, string text)
    {
        IReadOnlyList<DocumentRecord> versions = Of(store, key);
        DocumentRecord[] found = [.. versions.Where(record => text.Length > 0 && (record.Version.ToString().StartsWith(text, StringComparison.Ordinal) || record.Version.ContentHash.StartsWith(text, StringComparison.Ordinal)))];
        return found.Length == 1 ? found[0]
            : Throw.Usage<DocumentRecord>($"version '{text}' names {(found.Length == 0 ? "none" : $"{found.Length}")} of the versions of {key}: {List(versions)}");
    }

    /// <summary>The version that was in force on a date: the last one published by then (undated ones count as old).</summary>
    public static DocumentRecord AsOf(IPassageStore store, DocumentKey key, DateOnly date)
    {
        IReadOnlyList<DocumentRecord> versions = Of(store, key);
        return versions.LastOrDefault(record => (record.Version.Published ?? DateOnly.MinValue) <= date)
            ?? Throw.Usage<DocumentRecord>($"no version of {key} had been published by {date:yyyy-MM-dd}: {List(versions)}");
    }

    private static string List(IReadOnlyList<DocumentRecord> versions) => versions.Count == 0 ? "there are none" : string.Join(", ", versions.Select(static record => record.Version));
}
