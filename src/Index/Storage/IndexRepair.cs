namespace Jmlr.Index.Storage;

/// <summary>What a repair keeps of a damaged index: the segments without a fault, when their codec is sound too.</summary>
static class IndexRepair
{
    /// <summary>
    /// The manifest that an update can start from; without codecs when the index must be built anew (a damaged codec), null when no manifest is sound.
    /// </summary>
    internal static Manifest? Salvage(string folder, IReadOnlyList<IndexFault> faults)
    {
        if (Named(folder) is not Manifest manifest)
        {
            return null;
        }

        var damaged = new HashSet<string>(faults.Select(fault => fault.File), StringComparer.Ordinal);
        if (damaged.Contains("") || manifest.Codecs.Any(codec => damaged.Contains(IndexFolder.Codec(codec.Id))))
        {
            return manifest with { Codecs = [], Segments = [] };
        }

        return manifest with { Segments = [.. manifest.Segments.Where(segment => !IsDamaged(segment, damaged))] };
    }

    /// <summary>Generations whose files are not all as their manifest says: nobody should roll back to one.</summary>
    internal static IEnumerable<long> Broken(string folder, IReadOnlyList<IndexFault> faults)
    {
        var damaged = new HashSet<string>(faults.Select(fault => fault.File), StringComparer.Ordinal);
        foreach (long generation in IndexFolder.Generations(folder))
        {
            if (damaged.Contains(IndexFolder.Manifest(generation)) || ManifestFile.Read(folder, generation).Files().Any(file => damaged.Contains(file.Name)))
            {
                yield return generation;
            }
        }
    }

    private static bool IsDamaged(SegmentEntry segment, HashSet<string> damaged) =>
        damaged.Contains(IndexFolder.Segment(segment.Id)) || (segment.Tombstones is TombstoneEntry dead && damaged.Contains(IndexFolder.Tombstones(segment.Id, dead.Generation)));

    /// <summary>The manifest that CURRENT names, or the highest that is sound, whether its files are or not.</summary>
    private static Manifest? Named(string folder)
    {
        try
        {
            if (ManifestFile.TryCurrent(folder, out long generation))
            {
                return ManifestFile.Read(folder, generation);
            }

            return ManifestFile.ReadCurrent(folder);
        }
        catch (Models.Errors.JmlrException)
        {
            return null;
        }
    }
}
