using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store.Catalogue;

/// <summary>The catalogue at one commit; immutable.</summary>
sealed class CatalogueView
{
    private readonly Dictionary<(DocumentKey, DocumentVersion), (CatalogueEntry Entry, DocumentRecord Record)> _versions;
    private readonly Dictionary<DocumentKey, DocumentRecord> _inForce = [];
    private readonly Lazy<IReadOnlyList<DocumentRecord>> _ordered;

    public CatalogueView(IReadOnlyCollection<CatalogueEntry> entries)
    {
        Dictionary<DocumentKey, CatalogueEntry> heads = VersionStates.Heads(entries);
        HashSet<DocumentKey> superseded = VersionStates.Superseded(heads);
        _versions = new(entries.Count);
        foreach (CatalogueEntry entry in entries)
        {
            DocumentRecord record = entry.ToRecord(VersionStates.Of(entry, heads, superseded));
            _versions.Add((entry.Key, entry.Version), (entry, record));
            if (record.State == VersionState.InForce)
            {
                _inForce.Add(entry.Key, record);
            }
        }

        _ordered = new(Order);
    }

    public static CatalogueView Empty { get; } = new([]);

    /// <summary>Every version by key, then date, then ingestion.</summary>
    public IReadOnlyList<DocumentRecord> Documents => _ordered.Value;

    public DocumentRecord? Find(DocumentKey key, DocumentVersion? version) => version is DocumentVersion wanted
        ? _versions.TryGetValue((key, wanted), out (CatalogueEntry Entry, DocumentRecord Record) found) ? found.Record : null
        : _inForce.GetValueOrDefault(key);

    public CatalogueEntry? Entry(DocumentKey key, DocumentVersion version) =>
        _versions.TryGetValue((key, version), out (CatalogueEntry Entry, DocumentRecord Record) found) ? found.Entry : null;

    private DocumentRecord[] Order()
    {
        (CatalogueEntry Entry, DocumentRecord Record)[] all = [.. _versions.Values];
        Array.Sort(all, static (a, b) =>
        {
            int order = string.CompareOrdinal(a.Entry.Key.Source, b.Entry.Key.Source);
            order = order != 0 ? order : string.CompareOrdinal(a.Entry.Key.Name, b.Entry.Key.Name);
            order = order != 0 ? order : (a.Entry.Version.Published ?? DateOnly.MinValue).CompareTo(b.Entry.Version.Published ?? DateOnly.MinValue);
            return order != 0 ? order : a.Entry.Sequence.CompareTo(b.Entry.Sequence);
        });
        return Array.ConvertAll(all, static pair => pair.Record);
    }
}
