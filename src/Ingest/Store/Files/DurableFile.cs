namespace Jmlr.Ingest.Store.Files;

/// <summary>Files that are whole or absent after a power cut.</summary>
static class DurableFile
{
    /// <summary>Replaces a file: temporary file, flush, rename, flush of the folder. The rename is the commit point.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string temporary = path + ".tmp";
        using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Flushes the data of a file that something else has written.</summary>
    public static void Flush(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Makes names created or renamed in a folder durable.</summary>
    public static void FlushFolder(string folder) => Models.Files.DurableFile.SyncDirectory(folder);
}
