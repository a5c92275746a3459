using System.Text;

namespace Jmlr.Ingest.Store.Files;

/// <summary>One writer at a time: an exclusive lock on a file, which the system gives back when the process dies.</summary>
sealed class WriterLock : IDisposable
{
    private readonly FileStream _file;

    private WriterLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, or says who has it.</summary>
    public static WriterLock Take(string path)
    {
        string owner = path + ".owner";
        FileStream? file = null;
        try
        {
            // FileShare.None is flock(LOCK_EX) on Linux: it holds between processes and within one.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            File.WriteAllText(owner, $"process {Environment.ProcessId}");
            return new WriterLock(file);
        }
        catch (UnauthorizedAccessException error)
        {
            Throw.CannotWriteStore(path, error);
        }
        catch (IOException error) when (file is null && File.Exists(path))
        {
            Throw.StoreInUse(path, Owner(owner), error);
        }
        catch (IOException error)
        {
            file?.Dispose();
            Throw.CannotWriteStore(path, error);
        }

        return null!;
    }

    public void Dispose() => _file.Dispose();

    private static string Owner(string path)
    {
        try
        {
            using StreamReader reader = new(path, Encoding.ASCII);
            char[] text = new char[40];
            int read = reader.Read(text);
            string name = new(text, 0, read);
            return name.Length == 0 || name.Any(char.IsControl) ? "another process" : name;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
