using Jmlr.Index.Codec;
using Jmlr.Index.Search;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Storage;

/// <summary>
/// One generation of an index, open for search. It stays what it is while writers commit and sweep: everything is mapped on opening. Thread-safe;
/// disposing it while a search runs lets that search end first.
/// </summary>
public sealed class IndexSnapshot : IDisposable
{
    private const int Attempts = 8;
    private readonly FileStream? _pin; // none for a state that is not published
    private readonly IndexSearcher _searcher;
    private int _users = 1;
    private int _disposed;

    private IndexSnapshot(string folder, Manifest manifest, FileStream? pin, int threads)
    {
        Folder = folder;
        Manifest = manifest;
        _pin = pin;
        Codecs = [];
        Segments = [];
        try
        {
            foreach (CodecEntry codec in manifest.Codecs)
            {
                Codecs.Add(CodecFile.Read(folder, codec, manifest.Identity.Dimension, manifest.Bits));
            }

            foreach (SegmentEntry segment in manifest.Segments)
            {
                int codec = manifest.Codecs.Select(entry => entry.Id).ToList().IndexOf(segment.Codec);
                Segments.Add(new Segment(folder, segment, codec, manifest.Identity.Dimension, manifest.Bits));
            }
        }
        catch
        {
            Close();
            throw;
        }

        Probes = manifest.Plaid?.Probes ?? PlaidDefaults.ProbesOf(manifest.Segments.Sum(segment => segment.Passages));
        _searcher = new IndexSearcher(this, threads);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Generation of this snapshot.</summary>
    public long Generation => Manifest.Generation;

    /// <summary>What the index was made with.</summary>
    public IndexIdentity Identity => Manifest.Identity;

    /// <summary>Live passages.</summary>
    public int Passages => Segments.Sum(segment => segment.Live.Passages);

    /// <summary>Live tokens.</summary>
    public long Tokens => Segments.Sum(segment => segment.Live.Tokens);

    /// <summary>Ids of the live passages.</summary>
    public IEnumerable<string> PassageIds() =>
        Segments.SelectMany(segment => Enumerable.Range(0, segment.Entry.Passages).Where(passage => !segment.IsDead(passage)).Select(segment.Id));

    /// <summary>Search over this snapshot.</summary>
    public ISearcher Searcher => _searcher;

    /// <summary>Centroids that the plan plaid looks at for each query token.</summary>
    internal int Probes { get; }

    /// <summary>Passages that the last search scored again in fp32, for benchmarks.</summary>
    internal int LastRescored { get; set; }

    internal Manifest Manifest { get; }

    internal List<ResidualCodec> Codecs { get; }

    internal List<Segment> Segments { get; }

    /// <summary>
    /// Opens the generation in force. With <paramref name="expected"/>, an index made with anything else is refused with
    /// <see cref="JmlrOperationException"/>, as is a folder without an index; damage is <see cref="JmlrIntegrityException"/>.
    /// </summary>
    public static IndexSnapshot Open(string folder, IndexIdentity? expected = null, int threads = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        for (int attempt = 1; ; attempt++)
        {
            ManifestFile.TryCurrent(folder, out long before);
            try
            {
                Manifest manifest = ManifestFile.ReadCurrent(folder);
                if (expected is not null)
                {
                    manifest.Identity.Demand(expected, folder);
                }

                return Open(folder, manifest, threads);
            }
            catch (JmlrException) when (attempt < Attempts && ManifestFile.TryCurrent(folder, out long now) && now != before)
            {
                // A writer has committed and swept between our reading the manifest and mapping its files: take the new one.
            }
        }
    }

    /// <summary>
    /// Begins to read in the background all that searches read, and to check it: without that, a search pays for each block that it is the first to touch. For a session of many searches;
    /// an index larger than half of the memory is left alone. What is damaged is left to the search that meets it. Ends with the snapshot at the latest.
    /// </summary>
    /// <returns>The work in the background: true when all was read.</returns>
    public Task<bool> ReadAhead()
    {
        if (Segments.Sum(segment => segment.SearchBytes) > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2)
        {
            return Task.FromResult(false);
        }

        Enter();
        return Task.Factory.StartNew(ReadAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        bool ReadAll()
        {
            try
            {
                Segments.ForEach(segment => segment.ReadAhead(IsOver));
                return !IsOver();
            }
            catch (JmlrIntegrityException)
            {
                return false;
            }
            finally
            {
                Leave();
            }
        }

        bool IsOver() => Volatile.Read(ref _disposed) != 0;
    }

    /// <summary>Opens a state before it is published: its files are there, and only the writer knows of it.</summary>
    internal static IndexSnapshot OpenUnpublished(string folder, Manifest manifest, int threads) => new(folder, manifest, null, threads);

    /// <summary>True while the snapshot may be read; keep it so with <see cref="Leave"/> afterwards.</summary>
    internal void Enter()
    {
        for (int users = Volatile.Read(ref _users); ;)
        {
            ObjectDisposedException.ThrowIf(users == 0 || Volatile.Read(ref _disposed) != 0, this);
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return;
            }

            users = seen;
        }
    }

    internal void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _searcher.Dispose();
            Close();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Leave();
        }
    }

    private static IndexSnapshot Open(string folder, Manifest manifest, int threads)
    {
        string path = Path.Combine(folder, IndexFolder.Manifest(manifest.Generation));
        FileStream pin;
        try
        {
            // Shared, so that a sweep on a system that locks open files leaves this generation alone.
            pin = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException error)
        {
            throw new JmlrOperationException($"cannot open '{path}': {error.Message}", error);
        }

        return new IndexSnapshot(folder, manifest, pin, threads > 0 ? threads : Environment.ProcessorCount);
    }

    private void Close()
    {
        Segments.ForEach(segment => segment.Dispose());
        Codecs.ForEach(codec => codec.Dispose());
        _pin?.Dispose();
    }
}
