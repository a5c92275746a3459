using System.Runtime.InteropServices;

namespace Jmlr.Ingest.Store.Files;

/// <summary>Files that are whole or absent after a power cut.</summary>
static partial class DurableFile
{
    private const int DirectoryFlags = 0x10000; // O_RDONLY | O_DIRECTORY on Linux

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

    /// <summary>Makes names created or renamed in a folder durable (Linux; elsewhere the rename itself has to do).</summary>
    public static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int handle = Open(folder, DirectoryFlags);
        if (handle >= 0)
        {
            _ = FSync(handle);
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
