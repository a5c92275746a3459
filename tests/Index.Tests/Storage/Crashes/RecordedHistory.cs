using Jmlr.Index.Search;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Storage.Crashes;

/// <summary>One operation of the history: what it does, where its calls begin and end, what it leaves.</summary>
sealed record HistoryStep(string Name, Action<IFileCalls?> Run, int FirstCall, int EndCall, Manifest After, IReadOnlyList<ScoredPassage> Found);

/// <summary>An index from its first build through updates, compactions, a rollback and a second build, with every call it made to the file system.</summary>
sealed class RecordedHistory : IDisposable
{
    private static readonly IndexSettings Settings = new() { Threads = 1, EncodeBatch = 16, SegmentTokens = 400, Iterations = 3 };
    private readonly IndexFixture _fixture = new();
    private Dictionary<string, byte[]>? _laidOut;

    internal RecordedHistory()
    {
        var recorded = new RecordedCalls(_fixture.Index);
        var steps = new List<HistoryStep>();
        foreach ((string name, Action<string, IFileCalls?> run) in Work())
        {
            int first = recorded.Calls.Count;
            run(_fixture.Index, recorded);
            steps.Add(new HistoryStep(name, calls => Run(run, calls), first, recorded.Calls.Count, ManifestFile.ReadCurrent(_fixture.Index), Search(_fixture.Index)));
        }

        (Steps, Calls) = (steps, recorded.Calls);
    }

    internal IReadOnlyList<HistoryStep> Steps { get; }

    internal IReadOnlyList<FileCall> Calls { get; }

    /// <summary>Folder that crash states are laid out in, and that <see cref="HistoryStep.Run"/> works on.</summary>
    internal string Folder => Path.Combine(_fixture.Folder, "crashed");

    internal IReadOnlyList<ScoredPassage> Search(string folder)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(folder, _fixture.Identity, 1);
        return snapshot.Searcher.Search(_fixture.Query("acute asthma steroid"), new SearchOptions { Top = 200 }, TestContext.Current.CancellationToken);
    }

    /// <summary>The folder as it was before a step.</summary>
    internal Dictionary<string, byte[]> Before(int step)
    {
        var cut = new PowerCut();
        foreach (FileCall call in Calls.Take(Steps[step].FirstCall))
        {
            cut.Apply(call);
        }

        return cut.Folder(_ => 1) ?? [];
    }

    /// <summary>
    /// Lays the files out in <see cref="Folder"/>, writing only what is not there already; null leaves no folder. Of temporary files only the name is laid
    /// out: nobody reads them.
    /// </summary>
    internal void LayOut(Dictionary<string, byte[]>? files)
    {
        if ((_laidOut is null || files is null) && Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        if (files is not null)
        {
            Directory.CreateDirectory(Folder);
            foreach (string gone in _laidOut?.Keys.Except(files.Keys) ?? [])
            {
                File.Delete(Path.Combine(Folder, gone));
            }

            foreach ((string name, byte[] content) in files)
            {
                bool temporary = name.EndsWith(".tmp", StringComparison.Ordinal);
                if (_laidOut is null || !_laidOut.TryGetValue(name, out byte[]? there) || (there != content && !temporary))
                {
                    File.Delete(Path.Combine(Folder, name));
                    File.WriteAllBytes(Path.Combine(Folder, name), temporary ? [] : content);
                }
            }
        }

        _laidOut = files;
    }

    /// <summary>True when the folder holds what a step ends with: the same codecs, segments and dead, byte for byte, and nothing temporary.</summary>
    internal bool EndsAs(int step)
    {
        Manifest manifest = ManifestFile.ReadCurrent(Folder), expected = Steps[step].After;
        return manifest.Segments.Select(Bytes).SequenceEqual(expected.Segments.Select(Bytes)) && manifest.Codecs.SequenceEqual(expected.Codecs)
            && Directory.GetFiles(Folder, "*.tmp").Length == 0 && IndexVerifier.Verify(Folder, cancellation: TestContext.Current.CancellationToken).Ok
            && Search(Folder).SequenceEqual(Steps[step].Found);
    }

    public void Dispose() => _fixture.Dispose();

    private void Run(Action<string, IFileCalls?> run, IFileCalls? calls)
    {
        _laidOut = null; // the folder will no longer be what was laid out
        run(Folder, calls);
    }

    private static (string, string?) Bytes(SegmentEntry segment) => (segment.Hash, segment.Tombstones?.Hash);

    private IEnumerable<(string Name, Action<string, IFileCalls?> Run)> Work()
    {
        yield return ("build", (folder, calls) => Builder(folder, calls).Build(IndexFixture.Passages(40)));
        yield return ("update", (folder, calls) => Builder(folder, calls).Update(IndexFixture.Passages(45, first: 5)));
        yield return ("apply", (folder, calls) => Builder(folder, calls).Apply(IndexFixture.Passages(3, first: 10, salt: 1), [IndexFixture.Id(20)]));
        yield return ("compact", (folder, calls) => IndexMaintenance.Compact(new IndexDisk(folder, calls), null, default));
        yield return ("rollback", (folder, calls) => IndexMaintenance.Rollback(new IndexDisk(folder, calls), 2, default));
        yield return ("update", (folder, calls) => Builder(folder, calls).Update(IndexFixture.Passages(50, first: 8)));
        yield return ("build", (folder, calls) => Builder(folder, calls).Build(IndexFixture.Passages(30, salt: 2)));
        yield return ("update", (folder, calls) => Builder(folder, calls).Update(IndexFixture.Passages(33, first: 3, salt: 2)));
        yield return ("compact", (folder, calls) => IndexMaintenance.Compact(new IndexDisk(folder, calls), null, default));
    }

    private IndexBuilder Builder(string folder, IFileCalls? calls) => new(folder, _fixture.Encoder, _fixture.Cache, "chunker-1", Settings, calls);
}
