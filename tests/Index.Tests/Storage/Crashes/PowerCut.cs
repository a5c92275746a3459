namespace Jmlr.Index.Tests.Storage.Crashes;

/// <summary>
/// What may be on the disk when the power fails after some calls. Data is safe once its file was flushed, a name once its folder was; of everything else
/// any part may have arrived, in any order: each sector of a write or only the length of the file, each creation, rename and removal. (What POSIX
/// allows; no file system in use reorders as freely.)
/// </summary>
sealed class PowerCut
{
    private const int Sector = 512;
    private readonly List<DiskFile> _files = [];
    private readonly Dictionary<string, int> _safeNames = [];
    private readonly List<FileCall> _names = []; // not yet safe
    private bool _folder;
    private bool _folderSafe;

    /// <summary>Things that may have arrived or not.</summary>
    internal int Pending => (_folder && !_folderSafe ? 1 : 0) + _names.Count + _files.Sum(file => file.Pending.Count);

    internal void Apply(FileCall call)
    {
        switch (call.Kind)
        {
            case FileCallKind.MakeFolder:
                _folder = true;
                break;
            case FileCallKind.SyncParent:
                _folderSafe = _folder;
                break;
            case FileCallKind.Create:
                _files.Add(new DiskFile());
                _names.Add(call);
                break;
            case FileCallKind.Write:
                _files[call.File].Append(call.Data!, Sector);
                break;
            case FileCallKind.Sync:
                _files[call.File].Sync();
                break;
            case FileCallKind.SyncFolder:
                _names.ForEach(name => Rename(_safeNames, name));
                _names.Clear();
                break;
            default:
                _names.Add(call);
                break;
        }
    }

    /// <summary>
    /// The folder with what <paramref name="arrived"/> says of each pending thing, in a fixed order (0 lost, 1 there, 2 for data: only its length);
    /// null when the folder itself is lost.
    /// </summary>
    internal Dictionary<string, byte[]>? Folder(Func<int, int> arrived)
    {
        int item = 0;
        if (!_folder || (!_folderSafe && arrived(item++) == 0))
        {
            return null;
        }

        var names = new Dictionary<string, int>(_safeNames);
        foreach (FileCall call in _names)
        {
            if (arrived(item++) != 0)
            {
                Rename(names, call);
            }
        }

        var first = new int[_files.Count];
        for (int file = 0; file < first.Length; file++)
        {
            first[file] = item;
            item += _files[file].Pending.Count;
        }

        return names.ToDictionary(pair => pair.Key, pair => _files[pair.Value].Content(piece => arrived(first[pair.Value] + piece)));
    }

    private static void Rename(Dictionary<string, int> names, FileCall call)
    {
        if (call.Kind == FileCallKind.Create)
        {
            names[call.Name] = call.File;
            return;
        }

        names.Remove(call.Name);
        if (call.Kind == FileCallKind.Rename)
        {
            names[call.NewName] = call.File;
        }
    }

    private sealed class DiskFile
    {
        private byte[] _safe = [];
        private long _length;

        internal List<(long Offset, byte[] Data)> Pending { get; } = [];

        internal void Append(byte[] data, int sector)
        {
            for (int at = 0; at < data.Length;)
            {
                int part = (int)Math.Min(sector - (_length % sector), data.Length - at);
                Pending.Add((_length, data[at..(at + part)]));
                at += part;
                _length += part;
            }
        }

        internal void Sync()
        {
            _safe = Content(_ => 1);
            Pending.Clear();
        }

        /// <summary>The same array as long as nothing is pending, so that the caller need not write the file again.</summary>
        internal byte[] Content(Func<int, int> arrived)
        {
            if (Pending.Count == 0)
            {
                return _safe;
            }

            int[] state = [.. Enumerable.Range(0, Pending.Count).Select(arrived)];
            long length = _safe.Length;
            for (int i = 0; i < state.Length; i++)
            {
                length = state[i] == 0 ? length : Math.Max(length, Pending[i].Offset + Pending[i].Data.Length);
            }

            byte[] content = new byte[length];
            _safe.CopyTo(content, 0);
            for (int i = 0; i < state.Length; i++)
            {
                if (state[i] == 1)
                {
                    Pending[i].Data.CopyTo(content, Pending[i].Offset);
                }
            }

            return content;
        }
    }
}
