using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store.Catalogue;

/// <summary>
/// Which version of each document is in force: the one with the latest published date (undated counts as oldest; of one date, the last ingested),
/// unless it was withdrawn, or another document in force says that it supersedes it. Order of ingestion does not matter otherwise.
/// </summary>
static class VersionStates
{
    /// <summary>The head (latest version not removed) of every key.</summary>
    public static Dictionary<DocumentKey, CatalogueEntry> Heads(IEnumerable<CatalogueEntry> entries)
    {
        Dictionary<DocumentKey, CatalogueEntry> heads = [];
        foreach (CatalogueEntry entry in entries)
        {
            if (!entry.Removed && (!heads.TryGetValue(entry.Key, out CatalogueEntry? head) || IsNewer(entry, head)))
            {
                heads[entry.Key] = entry;
            }
        }

        return heads;
    }

    /// <summary>Keys that another document supersedes.</summary>
    public static HashSet<DocumentKey> Superseded(Dictionary<DocumentKey, CatalogueEntry> heads)
    {
        HashSet<DocumentKey> superseded = [];
        foreach (CatalogueEntry head in heads.Values)
        {
            if (head.Provenance.Supersedes is DocumentKey old && old != head.Key && heads.TryGetValue(old, out CatalogueEntry? other)
                && (!LeadsTo(heads, other, head.Key) || IsNewer(head, other)))
            {
                superseded.Add(old);
            }
        }

        return superseded;
    }

    /// <summary>State of a version.</summary>
    public static VersionState Of(CatalogueEntry entry, Dictionary<DocumentKey, CatalogueEntry> heads, HashSet<DocumentKey> superseded)
    {
        if (entry.Removed)
        {
            return VersionState.Removed;
        }

        if (entry.Provenance.Withdrawn)
        {
            return VersionState.Withdrawn;
        }

        return ReferenceEquals(heads[entry.Key], entry) && !superseded.Contains(entry.Key) ? VersionState.InForce : VersionState.Superseded;
    }

    private static bool IsNewer(CatalogueEntry a, CatalogueEntry b)
    {
        int order = (a.Version.Published ?? DateOnly.MinValue).CompareTo(b.Version.Published ?? DateOnly.MinValue);
        return order != 0 ? order > 0 : a.Sequence > b.Sequence;
    }

    /// <summary>Documents that supersede each other in a ring would all vanish; in a ring only links from newer to older count.</summary>
    private static bool LeadsTo(Dictionary<DocumentKey, CatalogueEntry> heads, CatalogueEntry from, DocumentKey goal)
    {
        CatalogueEntry? at = from;
        for (int step = 0; at is not null && step <= heads.Count; step++)
        {
            if (at.Provenance.Supersedes is not DocumentKey next)
            {
                return false;
            }

            if (next == goal)
            {
                return true;
            }

            if (next == from.Key)
            {
                return false;
            }

            at = heads.GetValueOrDefault(next);
        }

        return false;
    }
}
