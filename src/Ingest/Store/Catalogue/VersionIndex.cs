using System.Runtime.InteropServices;
using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store.Catalogue;

/// <summary>What a writer must know of every version to add more, the staged ones included: some sixty bytes each, however long titles and addresses are.</summary>
sealed class VersionIndex
{
    private readonly Dictionary<KeyDigest, KnownVersion> _first = [];
    private readonly Dictionary<KeyDigest, List<KnownVersion>> _further = []; // few documents have more than one

    /// <summary>Number of versions, removed ones too.</summary>
    public long Versions { get; private set; }

    /// <summary>Passages of all versions.</summary>
    public long Passages { get; private set; }

    /// <summary>Highest <see cref="CatalogueEntry.Sequence"/>; -1 when there is no version.</summary>
    public long LastSequence { get; private set; } = -1;

    /// <summary>Takes an entry, in place of what was known of its version.</summary>
    public void Set(CatalogueEntry entry)
    {
        KeyDigest key = entry.Key.Digest();
        KnownVersion known = KnownVersion.Of(entry);
        LastSequence = Math.Max(LastSequence, entry.Sequence);
        ref KnownVersion first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, key, out bool exists);
        if (!exists || first.Version == known.Version)
        {
            Count(exists ? first : null, known);
            first = known;
            return;
        }

        if (!_further.TryGetValue(key, out List<KnownVersion>? further))
        {
            _further[key] = further = [];
        }

        int at = further.FindIndex(other => other.Version == known.Version);
        Count(at < 0 ? null : further[at], known);
        if (at < 0)
        {
            further.Add(known);
        }
        else
        {
            further[at] = known;
        }
    }

    /// <summary>Versions of a document that are not removed.</summary>
    public IEnumerable<KnownVersion> Present(DocumentKey key)
    {
        KeyDigest digest = key.Digest();
        return !_first.TryGetValue(digest, out KnownVersion first) ? []
            : (_further.TryGetValue(digest, out List<KnownVersion>? further) ? further.Prepend(first) : [first]).Where(static version => !version.Removed);
    }

    private void Count(KnownVersion? before, KnownVersion now)
    {
        Versions += before is null ? 1 : 0;
        Passages += now.Passages - (before?.Passages ?? 0);
    }
}

/// <summary>What is known of a version, in 24 bytes.</summary>
readonly record struct KnownVersion
{
    private readonly ulong _content;
    private readonly int _day;
    private readonly int _passages; // the complement when it was removed

    private KnownVersion(VersionDigest version, int passages, long sequence)
    {
        (_content, _day) = version;
        _passages = passages;
        Sequence = sequence;
    }

    public VersionDigest Version => new(_content, _day);

    public int Passages => Removed ? ~_passages : _passages;

    public bool Removed => _passages < 0;

    /// <summary>Order of ingestion.</summary>
    public long Sequence { get; }

    public static KnownVersion Of(CatalogueEntry entry) => new(entry.Version.Digest(), entry.Removed ? ~entry.PassageCount : entry.PassageCount, entry.Sequence);
}
