using FASTER.core;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store.Catalogue;
using Jmlr.Ingest.Store.Files;
using Jmlr.Ingest.Store.Records;
using Jmlr.Ingest.Store.Similar;

namespace Jmlr.Ingest.Store;

/// <summary>
/// The passage store of a workspace: records in a FASTER log, a journal of catalogue entries, a manifest whose rename is the commit, and sketches of the passages, which are derived.
/// A reader sees the commit that it opened; reads are thread-safe. One thread at a time may write.
/// </summary>
public sealed partial class PassageStore : IPassageStore
{
    private readonly string _folder;
    private readonly WriterLock? _lock;
    private readonly RecordLog _log;
    private readonly CatalogueJournal _journal;
    private StoreManifest _manifest;
    private Lazy<CatalogueView> _view;

    private PassageStore(string folder, WriterLock? writer, StoreManifest manifest, Func<string, IDevice>? openDevice)
    {
        _folder = folder;
        _lock = writer;
        _manifest = manifest;
        _similar = new SimilarFile(Path.Combine(folder, "similar.bin"));
        _journal = new CatalogueJournal(Path.Combine(folder, "catalogue.bin"));
        _log = RecordLog.Open(folder, writer is not null, openDevice);
        try
        {
            if (_log.Committed < manifest.LogTail)
            {
                Throw.Integrity($"the record log reaches to {_log.Committed}, the manifest names {manifest.LogTail}: files of the store are missing", folder, "records");
            }

            _view = View();
            if (writer is null)
            {
                _ = _view.Value;
            }
            else
            {
                foreach (CatalogueEntry entry in _journal.Read(manifest.CatalogueLength))
                {
                    Check(entry);
                    _index.Set(entry);
                }

                CheckCounts(_index.Versions, _index.Passages);
            }
        }
        catch
        {
            _log.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Generation => _manifest.Generation;

    /// <inheritdoc/>
    public string? ChunkerHash => _manifest.ChunkerHash;

    /// <inheritdoc/>
    public IReadOnlyList<DocumentRecord> Documents => _view.Value.Documents;

    /// <summary>True when the folder holds a store.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, StoreManifest.FileName));

    /// <summary>Opens the last commit of the store in <paramref name="folder"/> (usually <c>workspace/store</c>) without taking the writer's lock.</summary>
    public static PassageStore OpenForReading(string folder)
    {
        if (!Exists(folder))
        {
            RefuseRemains(folder);
            Throw.NoStore(folder);
        }

        // A writer may replace the commit record of the log between our look at the folder and our read of it.
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return new PassageStore(folder, null, StoreManifest.Read(folder), openDevice: null);
            }
            catch (Models.Errors.JmlrException) when (attempt < 3)
            {
                Thread.Sleep(10 << attempt);
            }
        }
    }

    /// <summary>Opens the store for one writer and any number of readers, creating it when the folder has none.</summary>
    public static PassageStore OpenForWriting(string folder) => OpenForWriting(folder, openDevice: null);

    internal static PassageStore OpenForWriting(string folder, Func<string, IDevice>? openDevice)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotWriteStore(folder, error);
        }

        WriterLock writer = WriterLock.Take(Path.Combine(folder, "writer.lock"));
        try
        {
            if (!Exists(folder))
            {
                // The empty manifest comes before the first record, so records without a manifest always mean that it was lost.
                RefuseRemains(folder);
                new StoreManifest().Write(folder);
            }

            return new PassageStore(folder, writer, StoreManifest.Read(folder), openDevice);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public DocumentRecord? Find(DocumentKey key, DocumentVersion? version = null) => _view.Value.Find(key, version);

    /// <inheritdoc/>
    public IReadOnlyList<DocumentRecord> InForceOn(DateOnly day) => _view.Value.InForceOn(day);

    /// <inheritdoc/>
    public Document ReadDocument(DocumentRecord record)
    {
        CatalogueEntry entry = EntryOf(record.Key, record.Version);
        RecordReader reader = new(_log.Read(entry.Document, entry.Tag), _folder, $"document {record.Key}");
        return DocumentCodec.Read(ref reader, record);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Passage> ReadPassages(DocumentRecord record)
    {
        CatalogueEntry entry = EntryOf(record.Key, record.Version);
        List<Passage> passages = new(entry.PassageCount);
        for (int group = 0; group < entry.Groups.Length; group++)
        {
            ReadGroup(entry, record, group, only: null, passages);
        }

        if (passages.Count != entry.PassageCount)
        {
            Throw.Integrity($"{passages.Count} passages, the catalogue names {entry.PassageCount}", _folder, $"passages {record.Key}");
        }

        return passages;
    }

    /// <inheritdoc/>
    public Passage? ReadPassage(PassageId id)
    {
        if (_view.Value.Entry(id.Key, id.Version) is not CatalogueEntry entry || id.Ordinal < 0 || id.Ordinal >= entry.PassageCount)
        {
            return null;
        }

        List<Passage> found = new(1);
        ReadGroup(entry, _view.Value.Find(id.Key, id.Version)!, id.Ordinal / PassageCodec.GroupSize, id.Ordinal % PassageCodec.GroupSize, found);
        return found.Count == 1 ? found[0] : Throw.Integrity<Passage>($"passage {id.Ordinal} is not in its group", _folder, $"passages {id.Key}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log.Dispose();
        _lock?.Dispose();
    }

    private void ReadGroup(CatalogueEntry entry, DocumentRecord record, int group, int? only, List<Passage> passages)
    {
        RecordReader reader = new(_log.Read(entry.Groups[group], entry.Tag), _folder, $"passages {record.Key}");
        PassageCodec.ReadGroup(ref reader, record, group * PassageCodec.GroupSize, only, passages);
    }

    /// <summary>The catalogue as it is committed now. A writer reads it only when asked for: an ingestion of many commits never looks, and its memory must not grow with the store.</summary>
    private Lazy<CatalogueView> View()
    {
        long length = _manifest.CatalogueLength;
        return new(() =>
        {
            Dictionary<(DocumentKey, DocumentVersion), CatalogueEntry> entries = [];
            foreach (CatalogueEntry entry in _journal.Read(length))
            {
                Check(entry);
                entries[(entry.Key, entry.Version)] = entry;
            }

            if (_lock is null)
            {
                CheckCounts(entries.Count, entries.Values.Sum(static entry => (long)entry.PassageCount));
            }

            return new CatalogueView(entries);
        });
    }

    private CatalogueEntry EntryOf(DocumentKey key, DocumentVersion version)
    {
        if (_view.Value.Entry(key, version) is not CatalogueEntry entry)
        {
            Throw.UnknownRecord($"{key}@{version}");
            return null!;
        }

        return entry;
    }

    private void CheckCounts(long versions, long passages)
    {
        if (versions != _manifest.Versions || passages != _manifest.Passages)
        {
            Throw.Integrity($"the catalogue has {versions} versions and {passages} passages, the manifest names {_manifest.Versions} and {_manifest.Passages}", _journal.Path);
        }
    }

    private void Check(CatalogueEntry entry)
    {
        if (entry.Document >= _manifest.LogTail || (entry.Groups.Length > 0 && entry.Groups.Max() >= _manifest.LogTail))
        {
            Throw.Integrity($"records of {entry.Key} lie behind the committed end {_manifest.LogTail}", _journal.Path);
        }
    }

    private static void RefuseRemains(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFiles(folder).Any(file => Path.GetFileName(file).StartsWith("records.log", StringComparison.Ordinal) || Path.GetFileName(file) == "catalogue.bin"))
        {
            Throw.Integrity("the manifest is missing although the store has records: restore it from a backup, or delete the folder and ingest again", Path.Combine(folder, StoreManifest.FileName));
        }
    }
}
