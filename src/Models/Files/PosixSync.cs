using System.Runtime.InteropServices;

namespace Jmlr.Models.Files;

/// <summary>fsync of a folder, which .NET does not offer (dotnet/runtime #28169): a rename is durable only when its folder is.</summary>
static partial class PosixSync
{
    private const int ReadOnly = 0;

    internal static void Directory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals the rename itself; folders cannot be flushed there.
        }

        int descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            Throw.SystemCall($"cannot open folder '{path}' to flush it");
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                Throw.SystemCall($"cannot flush folder '{path}'");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
