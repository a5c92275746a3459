using Jmlr.Models.Progress;

namespace Jmlr.Index.Storage;

public sealed partial class IndexBuilder
{
    /// <summary>
    /// Mends the index after <see cref="IndexVerifier"/> found <paramref name="faults"/>: damaged segments are made anew from <paramref name="wanted"/>
    /// (and, where they are kept, its embeddings), sound ones stay; a damaged codec or manifest means a build. Generations that name a damaged file
    /// are dropped. One commit, which brings the index up to date too.
    /// </summary>
    public IndexChange Repair(IPassageSource wanted, IReadOnlyList<IndexFault> faults, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(faults);
        using IndexWriter writer = IndexWriter.Open(_disk, "repair the index");
        Manifest? salvaged = IndexRepair.Salvage(_folder, faults);
        List<long> broken = [.. IndexRepair.Broken(_folder, faults)];
        IndexChange change;
        if (salvaged is null || salvaged.Codecs.Count == 0 || salvaged.Identity != _identity)
        {
            change = Rebuild(writer, salvaged?.Bits ?? _settings.Bits, wanted, progress, cancellation);
        }
        else
        {
            var missing = new HashSet<string>(Sorted(wanted.Ids), StringComparer.Ordinal);
            using var deaths = new SegmentDeaths(_disk, salvaged);
            deaths.KillWhere(id => !missing.Remove(id), cancellation);
            change = Commit(writer, salvaged, deaths, wanted, Sorted(missing), progress, cancellation);
        }

        writer.Forget(broken);
        return change;
    }
}
