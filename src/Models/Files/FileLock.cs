using System.Globalization;
using System.Text;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Files;

/// <summary>
/// One writer at a time: an exclusive handle that the operating system frees when the process dies, so it is never stale.
/// The owner's process and time are written beside it, for the message only.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream _handle;
    private readonly string _ownerPath;

    private FileLock(FileStream handle, string ownerPath)
    {
        _handle = handle;
        _ownerPath = ownerPath;
    }

    /// <summary>Takes the lock at <paramref name="path"/>, or throws <see cref="JmlrOperationException"/> naming who holds it.</summary>
    public static FileLock Acquire(string path, string purpose)
    {
        string ownerPath = path + ".owner";
        FileStream handle;
        try
        {
            handle = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error is not DirectoryNotFoundException)
        {
            throw new JmlrOperationException($"cannot {purpose}: '{path}' is held by {Owner(ownerPath)}; wait for it to end", error);
        }

        string owner = string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} since {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss}Z to {purpose}");
        File.WriteAllText(ownerPath, owner, Encoding.UTF8);
        return new FileLock(handle, ownerPath);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(_ownerPath);
        _handle.Dispose();
    }

    private static string Owner(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
