namespace Jmlr.Index.Storage;

/// <summary>
/// Every call by which an index folder changes, as the operating system sees it. There is one implementation for use; tests put others in its place
/// that record the calls, replay a power cut after each of them, or fail.
/// </summary>
interface IFileCalls
{
    /// <summary>Makes a folder whose parent exists.</summary>
    void MakeFolder(string path);

    /// <summary>Creates a file that must not exist.</summary>
    Stream Create(string path);

    /// <summary>Appends to a file from <see cref="Create"/>.</summary>
    void Write(Stream file, ReadOnlySpan<byte> data);

    /// <summary>Flushes a file from <see cref="Create"/> to the disk.</summary>
    void Sync(Stream file);

    /// <summary>Renames a file, over the one of that name if there is one.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file.</summary>
    void Delete(string path);

    /// <summary>Flushes what was created, renamed and removed in a folder.</summary>
    void SyncFolder(string path);
}
