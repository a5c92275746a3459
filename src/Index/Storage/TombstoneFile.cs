namespace Jmlr.Index.Storage;

/// <summary>The dead passages of a segment as a bitmap, one new file for each commit that kills.</summary>
static class TombstoneFile
{
    internal static int Words(int passages) => (passages + 63) / 64;

    /// <summary>Writes the bitmap for <paramref name="generation"/> and returns the segment's new entry.</summary>
    internal static SegmentEntry Write(IndexDisk disk, Segment segment, ReadOnlySpan<ulong> dead, long generation)
    {
        using var file = new BlockFileWriter(disk, BlockFileKind.Tombstones);
        file.Section(SectionId.Dead, dead);
        (long length, string hash) = file.Finish();
        file.Publish(IndexFolder.Tombstones(segment.Entry.Id, generation), length, hash);
        (int passages, long tokens) = segment.Count(dead);
        return segment.Entry with { Tombstones = new TombstoneEntry(generation, length, hash, passages, tokens) };
    }

    /// <summary>The bitmap of an entry; empty when nothing is dead.</summary>
    internal static ulong[] Read(string folder, SegmentEntry entry)
    {
        if (entry.Tombstones is not TombstoneEntry tombstones)
        {
            return [];
        }

        string path = Path.Combine(folder, IndexFolder.Tombstones(entry.Id, tombstones.Generation));
        using var file = new BlockFile(path, BlockFileKind.Tombstones);
        ulong[] dead = file.ReadAll<ulong>(SectionId.Dead, Words(entry.Passages)).ToArray();
        int count = dead.Sum(word => System.Numerics.BitOperations.PopCount(word));
        bool beyond = (entry.Passages & 63) != 0 && dead[^1] >> (entry.Passages & 63) != 0;
        if (count != tombstones.Passages || beyond)
        {
            Throw.Corrupt(path, BlockFormat.Name(SectionId.Dead), 0, $"{count} passages are dead, the manifest says {tombstones.Passages} of {entry.Passages}");
        }

        return dead;
    }
}
