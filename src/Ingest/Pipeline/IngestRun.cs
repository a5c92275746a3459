using System.Diagnostics;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Privacy;
using Jmlr.Ingest.Similarity;
using Jmlr.Ingest.Store;
using Jmlr.Models.Progress;

namespace Jmlr.Ingest.Pipeline;

/// <summary>A document with its passages and what finds their near-duplicates.</summary>
readonly record struct ReadDocument(Document Document, IReadOnlyList<Passage> Passages, PassageSketch[] Sketches);

/// <summary>What came of one piece of a file.</summary>
sealed record IngestOutcome(List<ReadDocument> Documents, List<Rejection> Rejected, long Bytes, bool EndOfFile)
{
    /// <summary>Finds of patients' data in the piece, by kind; null: none.</summary>
    public int[]? PatientData { get; init; }
}

/// <summary>The counters of one ingestion and what goes into the store, in order, on one thread.</summary>
sealed class IngestRun(IPassageStore store, string chunkerHash, IngestRequest request, IProgress<ProgressReport>? progress)
{
    private const int MaxNamedRejections = 10_000;
    private const long BatchCharacters = 32 << 20;

    private readonly long _started = Stopwatch.GetTimestamp(), _before = store.Generation;
    private readonly Dictionary<KeyDigest, Seen> _seen = []; // a few bytes a document, of which there may be millions
    private readonly List<string> _names = []; // files of the documents seen, each once in a row
    private readonly List<Rejection> _rejected = [];
    private readonly Dictionary<string, int[]> _patients = new(StringComparer.Ordinal);
    private long _read, _added, _updated, _unchanged, _rejectedCount, _passages, _bytes, _files, _batchCharacters;
    private int _batch;

    public long Files { get; set; }

    public void Take(IngestOutcome outcome)
    {
        foreach (Rejection rejection in outcome.Rejected)
        {
            Reject(rejection);
        }

        outcome.Documents.ForEach(Put);

        if (outcome.PatientData is int[] finds)
        {
            Warn(outcome.Documents[0].Document.Provenance.File ?? "", finds);
        }

        _bytes += outcome.Bytes;
        _files += outcome.EndOfFile ? 1 : 0;
        progress?.Report(new ProgressReport("ingest", _files, Files, "files", _bytes, "bytes"));
    }

    public IngestResult Finish()
    {
        IReadOnlyList<DocumentKey> ended = request.Step?.Ended(store, key => _seen.ContainsKey(key.Digest())) ?? [];
        foreach (DocumentKey key in ended)
        {
            store.Remove(key);
        }

        store.Commit();
        long? near = store.CountNearDuplicates(_before);
        return new IngestResult(_read, _added, _updated, _unchanged, _rejected, _rejectedCount, _passages, _bytes, Stopwatch.GetElapsedTime(_started).TotalSeconds)
        {
            Removed = ended.Count,
            NearDuplicates = near,
            Warnings = [.. _patients.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => PatientData.Warning(pair.Key, pair.Value))],
        };
    }

    private void Put(ReadDocument read)
    {
        (Document document, IReadOnlyList<Passage> passages, PassageSketch[] sketches) = read;
        string file = document.Provenance.File ?? document.Key.Name;
        VersionDigest version = document.Version.Digest();
        KeyDigest key = document.Key.Digest();
        if (_seen.TryGetValue(key, out Seen earlier) && earlier.Day == version.Day && earlier.Content != version.Content)
        {
            // Neither is newer: storing both would hide one of them.
            Reject(new Rejection(file, $"key {document.Key} and date are those of {_names[earlier.File]} with other content: give it a key or a date of its own"));
            return;
        }

        if (_names.Count == 0 || _names[^1] != file)
        {
            _names.Add(file);
        }

        _seen.TryAdd(key, new Seen(version.Content, version.Day, _names.Count - 1));
        request.Step?.Saw(document);
        _read++;
        switch (store.Put(document, passages, chunkerHash, sketches))
        {
            case PutOutcome.Added:
                _added++;
                break;
            case PutOutcome.Updated:
                _updated++;
                break;
            default:
                _unchanged++;
                return;
        }

        _passages += passages.Count;
        _batchCharacters += document.Text.Length;
        if (request.Step is null && (++_batch >= request.BatchSize || _batchCharacters >= BatchCharacters))
        {
            store.Commit();
            (_batch, _batchCharacters) = (0, 0);
        }
    }

    private void Warn(string file, int[] finds)
    {
        if (_patients.TryGetValue(file, out int[]? counts))
        {
            PatientData.Add(counts, finds);
        }
        else if (_patients.Count < MaxNamedRejections)
        {
            _patients[file] = finds;
        }
    }

    private void Reject(Rejection rejection)
    {
        _rejectedCount++;
        request.Step?.Saw(rejection);
        if (_rejected.Count < MaxNamedRejections)
        {
            _rejected.Add(rejection);
        }
    }

    /// <summary>Version of a document, and the place of its file among the names.</summary>
    private readonly record struct Seen(ulong Content, int Day, int File);
}
