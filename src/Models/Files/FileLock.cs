using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Files;

/// <summary>
/// One writer at a time: an exclusive handle that the operating system frees when the process dies, so it is never stale.
/// The owner's process, host and time are written beside it, for the message only.
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
        FileStream handle = Open(path, ownerPath, purpose);
        try
        {
            string owner = string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName} since {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss}Z to {purpose}");
            File.WriteAllText(ownerPath, owner, Encoding.UTF8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            handle.Dispose();
            Throw.CannotLock(path, purpose, error);
        }

        return new FileLock(handle, ownerPath);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            File.Delete(_ownerPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only the text for the message stays behind.
        }
        finally
        {
            _handle.Dispose();
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "the caller owns the handle")]
    private static FileStream Open(string path, string ownerPath, string purpose)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is DirectoryNotFoundException or PathTooLongException or UnauthorizedAccessException)
        {
            Throw.CannotLock(path, purpose, error);
        }
        catch (IOException error)
        {
            Throw.Held(path, purpose, Owner(ownerPath), error);
        }

        return null!;
    }

    private static string Owner(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
