using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store.Catalogue;
using Jmlr.Ingest.Store.Records;

namespace Jmlr.Ingest.Store;

public sealed partial class PassageStore
{
    private readonly Dictionary<(DocumentKey, DocumentVersion), CatalogueEntry> _committed = [];
    private readonly Dictionary<(DocumentKey, DocumentVersion), CatalogueEntry> _staged = [];
    private readonly Dictionary<DocumentKey, List<DocumentVersion>> _versions = []; // committed and staged, removed ones too
    private readonly RecordWriter _writer = new();
    private readonly RecordWriter _scratch = new();
    private string? _stagedChunker;
    private long _sequence;
    private bool _broken;

    /// <summary>Number of versions staged for the next <see cref="Commit"/>.</summary>
    public int Staged => _staged.Count;

    /// <inheritdoc/>
    public PutOutcome Put(Document document, IReadOnlyList<Passage> passages, string chunkerHash)
    {
        RequireWriter();
        if ((_stagedChunker ?? ChunkerHash) is string stored && stored != chunkerHash)
        {
            Throw.MixedChunkers(stored, chunkerHash);
        }

        CheckPassages(document, passages);
        CatalogueEntry[] versions = [.. VersionsOf(document.Key)];
        if (versions.FirstOrDefault(entry => entry.Version == document.Version) is CatalogueEntry same)
        {
            // The same text again is the latest word only where dates do not decide (an edit that was taken back).
            if (!versions.Any(other => other.Version.Published == same.Version.Published && other.Sequence > same.Sequence))
            {
                return PutOutcome.Unchanged;
            }

            Stage(same with { Sequence = _sequence++, Ingested = DateTimeOffset.UtcNow });
            return PutOutcome.Updated;
        }

        Stage(Store(document, passages));
        _stagedChunker = chunkerHash;
        return versions.Length > 0 ? PutOutcome.Updated : PutOutcome.Added;
    }

    /// <inheritdoc/>
    public bool Remove(DocumentKey key)
    {
        RequireWriter();
        CatalogueEntry[] versions = [.. VersionsOf(key)];
        foreach (CatalogueEntry entry in versions)
        {
            Stage(entry with { Removed = true });
        }

        return versions.Length > 0;
    }

    /// <summary>Cuts every stored document anew with another chunker, in one commit. Needed when the retriever's passage length or tokenizer changes.</summary>
    public void Rechunk(IChunker chunker, CancellationToken cancellation = default)
    {
        RequireWriter();
        if (_staged.Count > 0)
        {
            throw new InvalidOperationException("changes are staged: commit them before chunking anew");
        }

        // Staged aside first, so that a cancellation leaves nothing behind.
        List<CatalogueEntry> changed = [];
        foreach (DocumentRecord record in _view.Value.Documents)
        {
            cancellation.ThrowIfCancellationRequested();
            CatalogueEntry old = EntryOf(record.Key, record.Version);
            Document document = ReadDocument(record);
            IReadOnlyList<Passage> passages = chunker.Chunk(document);
            CheckPassages(document, passages);
            changed.Add(old with { PassageCount = passages.Count, Groups = StorePassages(old.Tag, passages) });
        }

        changed.ForEach(Stage);
        _stagedChunker = chunker.Hash;
        Commit();
    }

    /// <inheritdoc/>
    public void Commit()
    {
        RequireWriter();
        if (_staged.Count == 0)
        {
            return;
        }

        _broken = true;
        long tail = _log.Commit();
        long length = _journal.Append(_manifest.CatalogueLength, _staged.Values);
        long versions = _manifest.Versions, passages = _manifest.Passages;
        foreach (((DocumentKey, DocumentVersion) id, CatalogueEntry entry) in _staged)
        {
            CatalogueEntry? before = _committed.GetValueOrDefault(id);
            versions += before is null ? 1 : 0;
            passages += entry.PassageCount - (before?.PassageCount ?? 0);
        }

        StoreManifest manifest = new()
        {
            Generation = _manifest.Generation + 1,
            LogTail = tail,
            CatalogueLength = length,
            Versions = versions,
            Passages = passages,
            ChunkerHash = _stagedChunker ?? _manifest.ChunkerHash,
        };
        manifest.Write(_folder);
        _manifest = manifest;
        foreach (((DocumentKey, DocumentVersion) id, CatalogueEntry entry) in _staged)
        {
            _committed[id] = entry;
        }

        _view = View();
        _staged.Clear();
        _stagedChunker = null;
        _broken = false;
    }

    private void RequireWriter()
    {
        if (_lock is null)
        {
            Throw.StoreReadOnly(_folder);
        }

        if (_broken)
        {
            Throw.StoreBroken(_folder);
        }
    }

    private void Stage(CatalogueEntry entry)
    {
        _staged[(entry.Key, entry.Version)] = entry;
        AddVersion(entry);
    }

    /// <summary>Versions of a key, staged ones included, removed ones not.</summary>
    private IEnumerable<CatalogueEntry> VersionsOf(DocumentKey key) => _versions.TryGetValue(key, out List<DocumentVersion>? versions)
        ? versions.Select(version => _staged.GetValueOrDefault((key, version)) ?? _committed[(key, version)]).Where(static entry => !entry.Removed)
        : [];

    private void IndexKeys()
    {
        foreach (CatalogueEntry entry in _committed.Values)
        {
            AddVersion(entry);
            _sequence = Math.Max(_sequence, entry.Sequence + 1);
        }
    }

    private void AddVersion(CatalogueEntry entry)
    {
        if (!_versions.TryGetValue(entry.Key, out List<DocumentVersion>? versions))
        {
            _versions[entry.Key] = versions = [];
        }

        if (!versions.Contains(entry.Version))
        {
            versions.Add(entry.Version);
        }
    }

    private CatalogueEntry Store(Document document, IReadOnlyList<Passage> passages)
    {
        ulong tag = CatalogueEntry.TagOf(document.Key, document.Version);
        try
        {
            _writer.Clear();
            DocumentCodec.Write(_writer, document);
            long address = _log.Append(tag, _writer.Written);
            return new CatalogueEntry
            {
                Key = document.Key,
                Version = document.Version,
                Title = document.Title,
                Provenance = document.Provenance,
                PassageCount = passages.Count,
                TextLength = document.Text.Length,
                Ingested = DateTimeOffset.UtcNow,
                QuestionId = document.QuestionId,
                Sequence = _sequence++,
                Document = address,
                Groups = StorePassages(tag, passages),
            };
        }
        catch (EncoderFallbackException error)
        {
            Throw.BadText(document.Key.ToString(), error);
            return null!;
        }
        catch (Models.Errors.JmlrException)
        {
            _broken = true;
            throw;
        }
    }

    private long[] StorePassages(ulong tag, IReadOnlyList<Passage> passages)
    {
        Passage[] all = [.. passages];
        long[] groups = new long[(all.Length + PassageCodec.GroupSize - 1) / PassageCodec.GroupSize];
        for (int group = 0; group < groups.Length; group++)
        {
            int start = group * PassageCodec.GroupSize;
            _writer.Clear();
            PassageCodec.WriteGroup(_writer, _scratch, all.AsSpan(start, Math.Min(PassageCodec.GroupSize, all.Length - start)));
            groups[group] = _log.Append(tag, _writer.Written);
        }

        return groups;
    }

    private static void CheckPassages(Document document, IReadOnlyList<Passage> passages)
    {
        for (int i = 0; i < passages.Count; i++)
        {
            PassageId id = passages[i].Id;
            if (id.Key != document.Key || id.Version != document.Version || id.Ordinal != i)
            {
                Throw.PassageOrder($"{document.Key}@{document.Version}", i, id.ToString());
            }
        }
    }
}
