using Jmlr.Models.Errors;
using Jmlr.Models.Files;

namespace Jmlr.Index.Storage;

/// <summary>The right to write: holds the lock, knows the state in force, publishes the next one and sweeps away what nobody needs.</summary>
sealed class IndexWriter : IDisposable
{
    /// <summary>Generations that stay readable, the one in force included.</summary>
    internal const int KeptGenerations = 3;

    private readonly FileLock _lock;
    private bool _uncertain;

    private IndexWriter(IndexDisk disk, FileLock held)
    {
        Disk = disk;
        _lock = held;
    }

    internal IndexDisk Disk { get; }

    /// <summary>The state in force, or null when there is none that is sound.</summary>
    internal Manifest? Current { get; private set; }

    /// <summary>Number of the next commit: above every manifest in the folder.</summary>
    internal long NextGeneration { get; private set; }

    internal static IndexWriter Open(IndexDisk disk, string purpose)
    {
        var writer = new IndexWriter(disk, FileLock.Acquire(disk.PathOf(IndexFolder.Lock), purpose));
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
        Disk.SyncFolder();
        cancellation.ThrowIfCancellationRequested();
        _uncertain = true; // an error from here on may come before or after the new state is in force
        ManifestFile.Write(Disk, next);
        _uncertain = false;
        Current = next;
        NextGeneration = next.Generation + 1;
    }

    /// <summary>Removes the manifests of former generations that cannot be trusted; the sweep takes their files.</summary>
    internal void Forget(IEnumerable<long> generations)
    {
        foreach (long generation in generations.Where(generation => generation != Current?.Generation))
        {
            Disk.TryDelete(IndexFolder.Manifest(generation));
        }
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
        List<long> generations = IndexFolder.Generations(Disk.Folder);
        NextGeneration = generations.Count == 0 ? 1 : generations[0] + 1;
        try
        {
            Current = ManifestFile.ReadCurrent(Disk.Folder);
        }
        catch (Exception error) when (error is JmlrOperationException or JmlrIntegrityException)
        {
            Current = null; // a build starts from nothing; an update reports it
        }
    }

    /// <summary>Removes files of ours that no kept generation names: left over by a killed writer, or outlived.</summary>
    private void Sweep()
    {
        if (Current is null || _uncertain)
        {
            return;
        }

        var needed = new HashSet<string>(StringComparer.Ordinal);
        int kept = 0;
        foreach (long generation in IndexFolder.Generations(Disk.Folder))
        {
            // A manifest above the one in force was never acknowledged: its writer died before CURRENT.
            if (generation > Current.Generation || (kept >= KeptGenerations && generation != Current.Generation))
            {
                continue;
            }

            try
            {
                Manifest manifest = ManifestFile.Read(Disk.Folder, generation);
                needed.Add(IndexFolder.Manifest(generation));
                needed.UnionWith(manifest.Files().Select(file => file.Name));
                kept++;
            }
            catch (JmlrIntegrityException)
            {
                // Not sound, so nobody can open it.
            }
        }

        foreach (string path in Directory.EnumerateFiles(Disk.Folder))
        {
            string name = Path.GetFileName(path);
            if (IndexFolder.IsOurs(name) && !needed.Contains(name))
            {
                Disk.TryDelete(name);
            }
        }
    }
}
