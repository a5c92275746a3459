using Jmlr.Models.Errors;
using Jmlr.Models.Files;

namespace Jmlr.Index.Storage;

/// <summary>The right to write: holds the lock, knows the state in force, publishes the next one and sweeps away what nobody needs.</summary>
sealed class IndexWriter : IDisposable
{
    /// <summary>Generations that stay readable, the one in force included.</summary>
    internal const int KeptGenerations = 3;

    private readonly string _folder;
    private readonly FileLock _lock;

    private IndexWriter(string folder, FileLock held)
    {
        _folder = folder;
        _lock = held;
    }

    /// <summary>The state in force, or null when there is none that is sound.</summary>
    internal Manifest? Current { get; private set; }

    /// <summary>Number of the next commit: above every manifest in the folder.</summary>
    internal long NextGeneration { get; private set; }

    internal static IndexWriter Open(string folder, string purpose)
    {
        var writer = new IndexWriter(folder, FileLock.Acquire(Path.Combine(folder, IndexFolder.Lock), purpose));
        try
        {
            writer.Load();
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Publishes <paramref name="next"/>: until its rename is on the disk, the former state is in force.</summary>
    internal void Commit(Manifest next, CancellationToken cancellation)
    {
        DurableFile.SyncDirectory(_folder);
        cancellation.ThrowIfCancellationRequested();
        ManifestFile.Write(_folder, next);
        Current = next;
        NextGeneration = next.Generation + 1;
    }

    public void Dispose()
    {
        try
        {
            Sweep();
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private void Load()
    {
        List<long> generations = IndexFolder.Generations(_folder);
        NextGeneration = generations.Count == 0 ? 1 : generations[0] + 1;
        try
        {
            Current = ManifestFile.ReadCurrent(_folder);
        }
        catch (Exception error) when (error is JmlrOperationException or JmlrIntegrityException)
        {
            Current = null; // a build starts from nothing; an update reports it
        }
    }

    /// <summary>Removes files of ours that no kept generation names: left over by a killed writer, or outlived.</summary>
    private void Sweep()
    {
        if (Current is null)
        {
            return;
        }

        var needed = new HashSet<string>(StringComparer.Ordinal);
        int kept = 0;
        foreach (long generation in IndexFolder.Generations(_folder))
        {
            // A manifest above the one in force was never acknowledged: its writer died before CURRENT.
            if (generation > Current.Generation || (kept >= KeptGenerations && generation != Current.Generation))
            {
                continue;
            }

            try
            {
                Manifest manifest = ManifestFile.Read(_folder, generation);
                needed.Add(IndexFolder.Manifest(generation));
                needed.UnionWith(manifest.Files().Select(file => file.Name));
                kept++;
            }
            catch (JmlrIntegrityException)
            {
                // Not sound, so nobody can open it.
            }
        }

        foreach (string path in Directory.EnumerateFiles(_folder))
        {
            string name = Path.GetFileName(path);
            if (IndexFolder.IsOurs(name) && !needed.Contains(name))
            {
                TryDelete(path);
            }
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Mapped by a reader (Windows): the next writer tries again.
        }
    }
}
