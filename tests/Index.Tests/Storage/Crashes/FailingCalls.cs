using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Storage.Crashes;

/// <summary>What a failing disk says.</summary>
enum DiskFault
{
    /// <summary>ENOSPC, from this call on.</summary>
    Full,

    /// <summary>EIO, this one time.</summary>
    Failing,

    /// <summary>EACCES, this one time.</summary>
    Forbidden,

    /// <summary>Half of the data is written, then ENOSPC, from this call on.</summary>
    Short,
}

/// <summary>Does the calls until one of them fails.</summary>
sealed class FailingCalls(int call, DiskFault fault) : IFileCalls
{
    private readonly FileCalls _real = new();
    private int _calls;

    /// <summary>True when the call was reached.</summary>
    internal bool Failed { get; private set; }

    public void MakeFolder(string path) => Do(() => _real.MakeFolder(path));

    public Stream Create(string path)
    {
        Stream? file = null;
        Do(() => file = _real.Create(path));
        return file!;
    }

    public void Write(Stream file, ReadOnlySpan<byte> data)
    {
        if (Next())
        {
            if (fault == DiskFault.Short)
            {
                _real.Write(file, data[..(data.Length / 2)]);
            }

            Fail();
        }

        _real.Write(file, data);
    }

    public void Sync(Stream file) => Do(() => _real.Sync(file));

    public void Rename(string from, string to) => Do(() => _real.Rename(from, to));

    public void Delete(string path)
    {
        // A full disk still removes files.
        if (fault is DiskFault.Full or DiskFault.Short)
        {
            _real.Delete(path);
            return;
        }

        Do(() => _real.Delete(path));
    }

    public void SyncFolder(string path) => Do(() => _real.SyncFolder(path));

    private void Do(Action real)
    {
        if (Next())
        {
            Fail();
        }

        real();
    }

    private bool Next()
    {
        _calls++;
        return fault is DiskFault.Full or DiskFault.Short ? _calls >= call : _calls == call;
    }

    private void Fail()
    {
        Failed = true;
        throw fault switch
        {
            DiskFault.Failing => new IOException("Input/output error"),
            DiskFault.Forbidden => new UnauthorizedAccessException("Permission denied"),
            _ => new IOException("No space left on device"),
        };
    }
}
