using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Similarity;
using Jmlr.Ingest.Store.Catalogue;
using Jmlr.Ingest.Store.Records;

namespace Jmlr.Ingest.Store;

public sealed partial class PassageStore
{
    private readonly Dictionary<(DocumentKey, DocumentVersion), CatalogueEntry> _staged = [];
    private readonly VersionIndex _index = new(); // committed and staged
    private readonly RecordWriter _writer = new();
    private readonly RecordWriter _scratch = new();
    private string? _stagedChunker;
    private bool _broken;

    /// <summary>Number of versions staged for the next <see cref="Commit"/>.</summary>
    public int Staged => _staged.Count;

    /// <inheritdoc/>
    public PutOutcome Put(Document document, IReadOnlyList<Passage> passages, string chunkerHash) => ((IPassageStore)this).Put(document, passages, chunkerHash, PassageSketch.Of(passages));

    PutOutcome IPassageStore.Put(Document document, IReadOnlyList<Passage> passages, string chunkerHash, PassageSketch[] sketches)
    {
        RequireWriter();
        if ((_stagedChunker ?? ChunkerHash) is string stored && stored != chunkerHash)
        {
            Throw.MixedChunkers(stored, chunkerHash);
        }

        CheckPassages(document, passages);
        KnownVersion[] versions = [.. _index.Present(document.Key)];
        VersionDigest digest = document.Version.Digest();
        foreach (KnownVersion same in versions)
        {
            if (same.Version == digest)
            {
                // The same text again is the latest word only where dates do not decide (an edit that was taken back).
                if (!Array.Exists(versions, other => other.Version.Day == digest.Day && other.Sequence > same.Sequence))
                {
                    return PutOutcome.Unchanged;
                }

                Stage(LatestOf(document.Key, document.Version) with { Sequence = NextSequence(), Ingested = DateTimeOffset.UtcNow });
                return PutOutcome.Updated;
            }
        }

        CatalogueEntry entry = Store(document, passages);
        Stage(entry);
        _sketched.AddRange(Sketched(entry, sketches));
        _stagedChunker = chunkerHash;
        return versions.Length > 0 ? PutOutcome.Updated : PutOutcome.Added;
    }

    /// <inheritdoc/>
    public bool Remove(DocumentKey key)
    {
        RequireWriter();
        if (!_index.Present(key).Any())
        {
            return false;
        }

        CatalogueEntry[] versions =
        [
            .. _view.Value.VersionsOf(key).Where(version => !_staged.ContainsKey((key, version.Version))),
            .. _staged.Values.Where(entry => entry.Key == key),
        ];
        foreach (CatalogueEntry entry in versions.Where(static entry => !entry.Removed))
        {
            Stage(entry with { Removed = true });
        }

        return true;
    }

    void IPassageStore.Rechunk(IChunker chunker, CancellationToken cancellation) => Rechunk(chunker, cancellation);

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
        _resketch = true;
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

        SketchCommitted();
        _broken = true;
        long tail = _log.Commit();
        long length = _journal.Append(_manifest.CatalogueLength, _staged.Values);
        StoreManifest manifest = new()
        {
            Generation = _manifest.Generation + 1,
            LogTail = tail,
            CatalogueLength = length,
            Versions = _index.Versions,
            Passages = _index.Passages,
            ChunkerHash = _stagedChunker ?? _manifest.ChunkerHash,
        };
        manifest.Write(_folder);
        _manifest = manifest;
        _view = View();
        _staged.Clear();
        _stagedChunker = null;
        _broken = false;
        SketchStaged();
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
        _index.Set(entry);
    }

    private CatalogueEntry LatestOf(DocumentKey key, DocumentVersion version) => _staged.GetValueOrDefault((key, version)) ?? EntryOf(key, version);

    private long NextSequence() => _index.LastSequence + 1;

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
                Sequence = NextSequence(),
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
