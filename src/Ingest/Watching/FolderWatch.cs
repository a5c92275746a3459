using Jmlr.Ingest.Pipeline;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Watching;

/// <summary>
/// Keeps a folder in step with the store: looks at it again and again, and when something has changed and then stayed as it is for one look, reads what changed in one commit. Documents
/// whose file is gone, or no longer holds them, are removed. Looking is by names, lengths and times, which works on every file system.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="stateFolder">Where the state is kept (usually <c>workspace/watch</c>).</param>
/// <param name="request">How its files are read.</param>
/// <param name="ingest">Reads into the store, which it opens and closes.</param>
public sealed class FolderWatch(string folder, string stateFolder, IngestRequest request, Func<IngestRequest, IngestResult> ingest)
{
    private readonly string _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    private FolderScan? _last;

    /// <summary>Watches until cancelled. A cancellation between two changes ends it quietly, one in the middle of a change as any cancelled ingestion.</summary>
    /// <param name="interval">Time between two looks.</param>
    /// <param name="report">Told what each change did.</param>
    /// <param name="note">Told what stands in the way, once as long as it is the same; the change is tried again.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Run(TimeSpan interval, Action<IngestResult> report, Action<string> note, CancellationToken cancellation)
    {
        string? said = null;
        while (!cancellation.IsCancellationRequested)
        {
            string? trouble = null;
            try
            {
                if (Look(out trouble) is IngestResult result)
                {
                    report(result);
                }
            }
            catch (Exception error) when (error is JmlrOperationException or JmlrDataException or IOException or UnauthorizedAccessException)
            {
                trouble = error.Message; // another writer, a full disk, a damaged source.json: it may pass
            }

            if (trouble is not null && trouble != said)
            {
                note(trouble);
            }

            said = trouble;
            cancellation.WaitHandle.WaitOne(interval);
        }
    }

    /// <summary>One look; what it did, or null when there was nothing to do or the folder has not settled.</summary>
    internal IngestResult? Look(out string? trouble)
    {
        trouble = null;
        FolderScan? now = FolderScan.Of(_folder, request);
        FolderScan? before = _last;
        _last = now;
        if (now is null)
        {
            trouble = $"'{_folder}' is not there now: nothing is changed until it is back";
            return null;
        }

        if (!now.Same(before))
        {
            return null;
        }

        WatchState state = WatchState.Read(stateFolder, _folder);
        (HashSet<string> changed, HashSet<string> gone) = (now.Changed(state), now.Gone(state));
        if (now.Files.Count == 0 && gone.Count > 1)
        {
            trouble = $"'{_folder}' is empty now (a share that is not mounted?): its {gone.Count} files are kept until there is one again; to remove them: jmlr sources remove";
            return null;
        }

        if (changed.Count == 0 && gone.Count == 0)
        {
            return null;
        }

        IngestStep step = new(changed, gone, state.Files);
        IngestResult result = ingest(request with { Paths = [_folder], Step = step });
        Dictionary<string, WatchedFile> files = new(state.Files.Where(file => !changed.Contains(file.Key) && !gone.Contains(file.Key)), StringComparer.Ordinal);
        foreach (string name in changed)
        {
            FileLook look = now.Files[name];
            files[name] = new WatchedFile(look.Length, look.Changed, look.Rules, step.SourcesOf(name), step.KeysOf(name));
        }

        (state with { Files = files }).Write(stateFolder);
        return result;
    }
}
