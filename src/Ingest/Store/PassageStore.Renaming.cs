using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store.Catalogue;

namespace Jmlr.Ingest.Store;

public sealed partial class PassageStore
{
    /// <inheritdoc/>
    public RenameOutcome Rename(string source, string name, CancellationToken cancellation = default)
    {
        RequireWriter();
        if (_staged.Count > 0)
        {
            throw new InvalidOperationException("changes are staged: commit them before renaming");
        }

        CatalogueEntry[] present = [.. _view.Value.Entries.Where(static entry => !entry.Removed)];
        CatalogueEntry[] moved = [.. present.Where(entry => entry.Key.Source == source)];
        if (moved.Length == 0)
        {
            Throw.Usage($"no source '{source}' in this workspace: 'jmlr sources' lists what there is");
        }

        if (!DocumentKey.TryParse($"{name}:x", out DocumentKey probe) || probe.Source != name)
        {
            Throw.Usage($"'{name}' is no name of a source: no white space, control characters, ':', '@' or '#'");
        }

        if (present.FirstOrDefault(entry => entry.Key.Source == name) is CatalogueEntry taken)
        {
            Throw.Usage($"there is a source '{name}' already (with {taken.Key}): choose another name, or remove it first");
        }

        // Staged aside first, so that a cancellation leaves nothing behind.
        List<CatalogueEntry> changed = [];
        foreach (CatalogueEntry old in moved)
        {
            cancellation.ThrowIfCancellationRequested();
            changed.Add(old with { Removed = true });
            changed.Add(Moved(old, source, name));
        }

        // Other sources keep their versions: their files still name the old key, and must be found unchanged when they are read again.
        CatalogueEntry[] linked = [.. present.Where(entry => entry.Key.Source != source && entry.Provenance.Supersedes?.Source == source)];
        changed.AddRange(linked.Select(entry => entry with { Provenance = entry.Provenance with { Supersedes = entry.Provenance.Supersedes!.Value with { Source = name } } }));
        changed.ForEach(Stage);
        _resketch = true;
        return new RenameOutcome(moved.Select(static entry => entry.Key).Distinct().Count(), moved.Length, linked.Length);
    }

    /// <summary>The entry under its new key: its records are copied, since each carries the tag of its document.</summary>
    private CatalogueEntry Moved(CatalogueEntry old, string from, string to)
    {
        Provenance provenance = old.Provenance with
        {
            Source = to,
            Supersedes = old.Provenance.Supersedes is DocumentKey link && link.Source == from ? link with { Source = to } : old.Provenance.Supersedes,
        };
        CatalogueEntry entry = old with { Key = old.Key with { Source = to }, Provenance = provenance };
        if (provenance.Supersedes != old.Provenance.Supersedes)
        {
            // The link is part of the content hash: with the new one, the same file read again under the new name is unchanged.
            Document document = ReadDocument(old.ToRecord(VersionState.InForce));
            bool ours = old.Version.ContentHash == DocumentHash.Of(old.Title, document.Text, old.Provenance, old.QuestionId);
            entry = ours ? entry with { Version = old.Version with { ContentHash = DocumentHash.Of(old.Title, document.Text, provenance, old.QuestionId) } } : entry;
        }

        try
        {
            return entry with { Document = Copy(old.Document, old.Tag, entry.Tag), Groups = Array.ConvertAll(old.Groups, group => Copy(group, old.Tag, entry.Tag)) };
        }
        catch (Models.Errors.JmlrOperationException)
        {
            _broken = true; // the log took no more
            throw;
        }
    }

    private long Copy(long address, ulong from, ulong to) => _log.Append(to, _log.Read(address, from));
}
