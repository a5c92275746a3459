using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Storage.Crashes;

/// <summary>Does the calls and keeps a list of them.</summary>
sealed class RecordedCalls(string folder) : IFileCalls
{
    private readonly FileCalls _real = new();
    private readonly Dictionary<Stream, int> _open = [];
    private readonly Dictionary<string, int> _names = [];
    private int _files;

    internal List<FileCall> Calls { get; } = [];

    public void MakeFolder(string path)
    {
        _real.MakeFolder(path);
        Calls.Add(new FileCall(FileCallKind.MakeFolder));
    }

    public Stream Create(string path)
    {
        Stream file = _real.Create(path);
        _open[file] = _names[Path.GetFileName(path)] = _files++;
        Calls.Add(new FileCall(FileCallKind.Create, Path.GetFileName(path), File: _open[file]));
        return file;
    }

    public void Write(Stream file, ReadOnlySpan<byte> data)
    {
        _real.Write(file, data);
        Calls.Add(new FileCall(FileCallKind.Write, File: _open[file], Data: data.ToArray()));
    }

    public void Sync(Stream file)
    {
        _real.Sync(file);
        Calls.Add(new FileCall(FileCallKind.Sync, File: _open[file]));
    }

    public void Rename(string from, string to)
    {
        _real.Rename(from, to);
        (string name, string newName) = (Path.GetFileName(from), Path.GetFileName(to));
        _names[newName] = _names[name];
        _names.Remove(name);
        Calls.Add(new FileCall(FileCallKind.Rename, name, newName, _names[newName]));
    }

    public void Delete(string path)
    {
        _real.Delete(path);
        Calls.Add(new FileCall(FileCallKind.Delete, Path.GetFileName(path)));
    }

    public void SyncFolder(string path)
    {
        _real.SyncFolder(path);
        Calls.Add(new FileCall(path == folder ? FileCallKind.SyncFolder : FileCallKind.SyncParent));
    }
}
