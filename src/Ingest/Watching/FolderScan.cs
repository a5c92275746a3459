using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;

namespace Jmlr.Ingest.Watching;

/// <summary>A file at one moment: length, time, and what its documents depend on beside it.</summary>
readonly record struct FileLook(long Length, long Changed, string Rules);

/// <summary>The files of a folder at one moment; none is read.</summary>
sealed class FolderScan
{
    private readonly List<string> _unreadable = [];

    private FolderScan()
    {
    }

    public Dictionary<string, FileLook> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Looks at a folder; null when it is not there.</summary>
    public static FolderScan? Of(string folder, IngestRequest request)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        FolderScan scan = new();
        Dictionary<Provenance, string> rules = [];
        foreach (InputFile file in FileFinder.Find(request with { Paths = [folder], Step = null }, inStep: true))
        {
            if (file.Why is not null)
            {
                scan._unreadable.Add(file.Name.Length == 0 ? "" : $"{file.Name}/");
                continue;
            }

            if (!rules.TryGetValue(file.Defaults, out string? rule))
            {
                string said = $"{request.Format}\0{request.Fields?.Said}\0{file.Defaults}";
                rules[file.Defaults] = rule = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(said)).ToString("x16", CultureInfo.InvariantCulture);
            }

            FileInfo info = new(file.FullPath!);
            if (info.Exists)
            {
                scan.Files[file.Name] = new FileLook(info.Length, info.LastWriteTimeUtc.Ticks, rule);
            }
        }

        return scan;
    }

    /// <summary>True when nothing has moved since another look.</summary>
    public bool Same(FolderScan? other) => other is not null && Files.Count == other.Files.Count && Files.All(file => other.Files.TryGetValue(file.Key, out FileLook there) && there == file.Value);

    /// <summary>Names that are not as in the state.</summary>
    public HashSet<string> Changed(WatchState state) =>
        [.. Files.Where(file => !state.Files.TryGetValue(file.Key, out WatchedFile? known) || new FileLook(known.Length, known.Changed, known.Rules) != file.Value).Select(static file => file.Key)];

    /// <summary>Names of the state that are gone; what lies in folders that cannot be read now is not.</summary>
    public HashSet<string> Gone(WatchState state) =>
        [.. state.Files.Keys.Where(name => !Files.ContainsKey(name) && !_unreadable.Exists(folder => name.StartsWith(folder, StringComparison.Ordinal)))];
}
