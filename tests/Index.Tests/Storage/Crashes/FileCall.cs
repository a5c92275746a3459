namespace Jmlr.Index.Tests.Storage.Crashes;

enum FileCallKind
{
    MakeFolder,
    SyncParent,
    Create,
    Write,
    Sync,
    Rename,
    Delete,
    SyncFolder,
}

/// <summary>One recorded call. <paramref name="File"/> numbers the file itself, which keeps it through renames.</summary>
sealed record FileCall(FileCallKind Kind, string Name = "", string NewName = "", int File = -1, byte[]? Data = null);
