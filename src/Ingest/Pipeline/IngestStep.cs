using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Watching;

namespace Jmlr.Ingest.Pipeline;

/// <summary>A change of a folder that is kept in step: the files to read, those that are gone, and of which documents that makes the end. One commit.</summary>
/// <param name="changed">Names of files to read.</param>
/// <param name="gone">Names of files that are no more.</param>
/// <param name="former">Every file of the folder as it was read last.</param>
sealed class IngestStep(IReadOnlySet<string> changed, IReadOnlySet<string> gone, IReadOnlyDictionary<string, WatchedFile> former)
{
    private const int MaxKeys = 64;

    private readonly Dictionary<string, HashSet<string>> _sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsure = new(StringComparer.Ordinal);

    /// <summary>True for a file that is to be read.</summary>
    public bool Wants(string name) => changed.Contains(name);

    /// <summary>A document that a file gave.</summary>
    public void Saw(Document document)
    {
        if (Owner(document.Provenance.File) is string name)
        {
            Add(_sources, name, document.Key.Source);
            if (_keys.GetValueOrDefault(name)?.Count is not > MaxKeys)
            {
                Add(_keys, name, document.Key.ToString());
            }
        }
    }

    /// <summary>A file of which something could not be read keeps the documents that it had.</summary>
    public void Saw(Rejection rejection)
    {
        string path = rejection.Path;
        for (int cut = path.Length; cut > 0; cut = path.LastIndexOfAny([':', '/'], cut - 1))
        {
            string name = path[..cut];
            if ((changed.Contains(name) ? name : changed.Contains(name + ".gz") ? name + ".gz" : null) is string file)
            {
                _unsure.Add(file);
                return;
            }
        }
    }

    /// <summary>Sources that a file's documents are in now.</summary>
    public IReadOnlyList<string> SourcesOf(string name) => Now(name, _sources, static file => file.Sources);

    /// <summary>Keys of a file's documents; none when they are many, and told by the file's name then.</summary>
    public IReadOnlyList<string> KeysOf(string name) => Now(name, _keys, static file => file.Keys) is { Length: <= MaxKeys } keys ? keys : [];

    /// <summary>Keys of the store that came from these files and do so no more.</summary>
    public IReadOnlyList<DocumentKey> Ended(IPassageStore store, Func<DocumentKey, bool> seen)
    {
        HashSet<string> before = new(StringComparer.Ordinal), others = new(StringComparer.Ordinal);
        foreach ((string name, WatchedFile file) in former)
        {
            (changed.Contains(name) || gone.Contains(name) ? _unsure.Contains(name) ? null : before : others)?.UnionWith(file.Keys);
        }

        return
        [
            .. store.Documents.Where(record => record.State != VersionState.Removed && !seen(record.Key) && (IsFrom(record) || before.Contains(record.Key.ToString())) && !others.Contains(record.Key.ToString()))
                .Select(static record => record.Key).Distinct(),
        ];
    }

    private bool IsFrom(DocumentRecord record) => Owner(record.Provenance.File) is string name && !_unsure.Contains(name) && former.GetValueOrDefault(name)?.Sources.Contains(record.Key.Source) == true;

    private string[] Now(string name, Dictionary<string, HashSet<string>> seen, Func<WatchedFile, IReadOnlyList<string>> kept) =>
        [.. (seen.GetValueOrDefault(name) ?? []).Union(_unsure.Contains(name) && former.TryGetValue(name, out WatchedFile? file) ? kept(file) : []).Order(StringComparer.Ordinal)];

    private static void Add(Dictionary<string, HashSet<string>> sets, string name, string value)
    {
        if (!sets.TryGetValue(name, out HashSet<string>? set))
        {
            sets[name] = set = new HashSet<string>(StringComparer.Ordinal);
        }

        set.Add(value);
    }

    /// <summary>The file, or the archive that it is in, among those of the change.</summary>
    private string? Owner(string? file)
    {
        for (int cut = file?.Length ?? 0; cut > 0; cut = file!.LastIndexOf('/', cut - 1))
        {
            string name = file![..cut];
            if (changed.Contains(name) || gone.Contains(name))
            {
                return name;
            }
        }

        return null;
    }
}
