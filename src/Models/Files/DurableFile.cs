namespace Jmlr.Models.Files;

/// <summary>Files that appear whole or not at all, and stay after a power cut.</summary>
public static class DurableFile
{
    /// <summary>Writes <paramref name="path"/> through a temporary file in the same folder: flush, rename, flush of the folder. An exception leaves the former file untouched.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        SyncDirectory(folder);
    }

    /// <summary>Writes bytes; see <see cref="Write(string, Action{Stream})"/>.</summary>
    public static void Write(string path, ReadOnlyMemory<byte> content) => Write(path, stream => stream.Write(content.Span));

    /// <summary>Makes creations, renames and deletions in a folder durable.</summary>
    public static void SyncDirectory(string folder) => PosixSync.Directory(folder);
}
