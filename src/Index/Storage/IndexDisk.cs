using Jmlr.Models.Errors;
using Jmlr.Models.Files;

namespace Jmlr.Index.Storage;

/// <summary>An index folder to write to, by file name. What the system refuses becomes a <see cref="JmlrOperationException"/> that names file and reason.</summary>
sealed class IndexDisk(string folder, IFileCalls? calls = null)
{
    private readonly IFileCalls _calls = calls ?? new FileCalls();

    internal string Folder => folder;

    internal string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>Makes the folder when it is absent. Each level is made durable in its parent: a committed index must not vanish with its folder.</summary>
    internal void MakeFolder()
    {
        var missing = new Stack<string>();
        for (string? level = Path.GetFullPath(folder); level is not null && !Directory.Exists(level); level = Path.GetDirectoryName(level))
        {
            missing.Push(level);
        }

        foreach (string level in missing)
        {
            Guard(level, () =>
            {
                _calls.MakeFolder(level);
                _calls.SyncFolder(Path.GetDirectoryName(level)!);
            });
        }
    }

    internal Stream Create(string name)
    {
        Stream? file = null;
        Guard(PathOf(name), () => file = _calls.Create(PathOf(name)));
        return file!;
    }

    internal void Write(Stream file, string name, ReadOnlySpan<byte> data)
    {
        try
        {
            _calls.Write(file, data);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotWrite(PathOf(name), error);
        }
    }

    internal void Sync(Stream file, string name) => Guard(PathOf(name), () => _calls.Sync(file));

    internal void Rename(string from, string to) => Guard(PathOf(to), () => _calls.Rename(PathOf(from), PathOf(to)));

    internal void SyncFolder() => Guard(folder, () => _calls.SyncFolder(folder));

    /// <summary>Removes a file nobody needs. Where that fails it stays: a name that no manifest holds does no harm, and the next writer tries again.</summary>
    internal void TryDelete(string name)
    {
        try
        {
            _calls.Delete(PathOf(name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Mapped by a reader (Windows), or the disk is failing, which whatever comes next will say.
        }
    }

    /// <summary>Puts a small file in place, whole: temporary, flush, rename, flush of the folder.</summary>
    internal void Replace(string name, ReadOnlySpan<byte> content)
    {
        string temporary = IndexFolder.TemporaryName();
        try
        {
            using (Stream file = Create(temporary))
            {
                Write(file, temporary, content);
                Sync(file, temporary);
            }

            Rename(temporary, name);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }

        SyncFolder();
    }

    /// <summary>
    /// Gives a finished file its name, which its content determines. A file of that name is the same file already, unless it was damaged:
    /// then it is replaced.
    /// </summary>
    internal void Publish(string temporary, string name, long length, string hash)
    {
        string path = PathOf(name);
        if (File.Exists(path) && new FileInfo(path).Length == length && ContentHash.OfFile(path) == hash)
        {
            TryDelete(temporary);
            return;
        }

        Rename(temporary, name);
    }

    private static void Guard(string path, Action call)
    {
        try
        {
            call();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotWrite(path, error);
        }
    }
}
