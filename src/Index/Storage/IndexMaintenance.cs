using Jmlr.Models.Errors;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Storage;

/// <summary>Changes to an index that need no retriever. Each is one commit; what ends it early leaves the former state.</summary>
public static class IndexMaintenance
{
    /// <summary>Generation in force.</summary>
    public static long Generation(string folder) => ManifestFile.ReadCurrent(folder).Generation;

    /// <summary>
    /// Puts an earlier generation that is still kept in force again, as a new generation; returns its number. Nothing is written when it is in force already.
    /// </summary>
    public static long Rollback(string folder, long generation, CancellationToken cancellation = default) => Rollback(new IndexDisk(folder), generation, cancellation);

    /// <summary>
    /// Writes the segments anew without their dead passages, few and large. Codes are copied, nothing is encoded or decoded. Returns the generation in
    /// force; nothing is written when there is one segment without a dead passage for each codec.
    /// </summary>
    public static long Compact(string folder, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default) => Compact(new IndexDisk(folder), progress, cancellation);

    internal static long Rollback(IndexDisk disk, long generation, CancellationToken cancellation)
    {
        string folder = disk.Folder;
        ManifestFile.ReadCurrent(folder);
        using IndexWriter writer = IndexWriter.Open(disk, "roll the index back");
        Manifest current = writer.Current ?? throw new JmlrOperationException($"the index in '{folder}' has gone");
        List<long> kept = [.. IndexFolder.Generations(folder).Where(number => number <= current.Generation)]; // one above was never acknowledged
        if (!kept.Contains(generation))
        {
            Throw.NoGeneration(folder, generation, string.Join(", ", kept));
        }

        if (current.Generation == generation)
        {
            return generation;
        }

        Manifest earlier = ManifestFile.ReadWhole(folder, generation);
        writer.Commit(earlier with { Generation = writer.NextGeneration }, cancellation);
        return writer.Current.Generation;
    }

    internal static long Compact(IndexDisk disk, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        string folder = disk.Folder;
        ManifestFile.ReadCurrent(folder);
        using IndexWriter writer = IndexWriter.Open(disk, "compact the index");
        Manifest current = writer.Current ?? throw new JmlrOperationException($"the index in '{folder}' has gone");
        bool tidy = current.Segments.All(segment => segment.Tombstones is null)
            && current.Segments.GroupBy(segment => segment.Codec).All(group => group.Count() == 1 || group.Sum(segment => segment.Tokens) > IndexSettings.MostSegmentTokens);
        if (tidy)
        {
            return current.Generation;
        }

        var segments = new List<SegmentEntry>();
        foreach (CodecEntry codec in current.Codecs)
        {
            using var compaction = new Compaction(disk, current, codec);
            segments.AddRange(compaction.Run(progress, cancellation));
        }

        writer.Commit(current with { Generation = writer.NextGeneration, Segments = segments }, cancellation);
        return writer.Current.Generation;
    }
}
