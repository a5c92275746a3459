using Jmlr.Models.Files;

namespace Jmlr.Index.Storage;

/// <summary>The calls as they are.</summary>
sealed class FileCalls : IFileCalls
{
    private const int BufferBytes = 1 << 18;

    public void MakeFolder(string path) => Directory.CreateDirectory(path);

    public Stream Create(string path) => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);

    public void Write(Stream file, ReadOnlySpan<byte> data) => file.Write(data);

    public void Sync(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void SyncFolder(string path) => DurableFile.SyncDirectory(path);
}
