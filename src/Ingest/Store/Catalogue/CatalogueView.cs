using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store.Catalogue;

/// <summary>The catalogue at one commit. Opening a store of many documents works out the heads only; records are made when asked for.</summary>
/// <param name="versions">Every version; not changed while the view is in use.</param>
sealed class CatalogueView(IReadOnlyDictionary<(DocumentKey, DocumentVersion), CatalogueEntry> versions)
{
    private readonly Lazy<States> _states = new(() => new States(versions.Values));
    private IReadOnlyList<DocumentRecord>? _ordered;
    private ILookup<DocumentKey, CatalogueEntry>? _byKey;

    /// <summary>Every version, removed ones too.</summary>
    public IEnumerable<CatalogueEntry> Entries => versions.Values;

    /// <summary>Every version by key, then date, then ingestion.</summary>
    public IReadOnlyList<DocumentRecord> Documents => _ordered ??= Order();

    public DocumentRecord? Find(DocumentKey key, DocumentVersion? version)
    {
        if (version is DocumentVersion wanted)
        {
            return Entry(key, wanted) is CatalogueEntry entry ? Record(entry) : null;
        }

        return _states.Value.Heads.TryGetValue(key, out CatalogueEntry? head) && Record(head) is { State: VersionState.InForce } record ? record : null;
    }

    /// <summary>What is in force when only versions published up to a day are looked at, in the order of <see cref="Documents"/>.</summary>
    public IReadOnlyList<DocumentRecord> InForceOn(DateOnly day)
    {
        CatalogueEntry[] until = [.. versions.Values.Where(entry => entry.Version.Published is not DateOnly published || published <= day)];
        var states = new States(until);
        return
        [
            .. until.Where(entry => VersionStates.Of(entry, states.Heads, states.Superseded) == VersionState.InForce).Select(entry => entry.ToRecord(VersionState.InForce))
                .OrderBy(record => record.Key.ToString(), StringComparer.Ordinal),
        ];
    }

    /// <summary>Versions of a document, removed ones too.</summary>
    public IEnumerable<CatalogueEntry> VersionsOf(DocumentKey key) => (_byKey ??= versions.Values.ToLookup(static entry => entry.Key))[key];

    public CatalogueEntry? Entry(DocumentKey key, DocumentVersion version) => versions.GetValueOrDefault((key, version));

    private DocumentRecord Record(CatalogueEntry entry) => entry.ToRecord(VersionStates.Of(entry, _states.Value.Heads, _states.Value.Superseded));

    private DocumentRecord[] Order()
    {
        CatalogueEntry[] all = [.. versions.Values];
        Array.Sort(all, static (a, b) =>
        {
            int order = string.CompareOrdinal(a.Key.Source, b.Key.Source);
            order = order != 0 ? order : string.CompareOrdinal(a.Key.Name, b.Key.Name);
            order = order != 0 ? order : (a.Version.Published ?? DateOnly.MinValue).CompareTo(b.Version.Published ?? DateOnly.MinValue);
            return order != 0 ? order : a.Sequence.CompareTo(b.Sequence);
        });
        return Array.ConvertAll(all, Record);
    }

    private sealed class States
    {
        public States(IEnumerable<CatalogueEntry> entries)
        {
            Heads = VersionStates.Heads(entries);
            Superseded = VersionStates.Superseded(Heads);
        }

        public Dictionary<DocumentKey, CatalogueEntry> Heads { get; }

        public HashSet<DocumentKey> Superseded { get; }
    }
}
