namespace Jmlr.Index.Storage;

/// <summary>Values of a manifest are untrusted until they pass here; file names are made from checked ids, so none can lead out of the folder.</summary>
static class ManifestCheck
{
    private const int MostProbes = 1024;

    internal static void Demand(Manifest manifest, long generation, string path)
    {
        string? wrong = Find(manifest, generation);
        if (wrong is not null)
        {
            Throw.Corrupt(path, null, null, wrong);
        }
    }

    private static string? Find(Manifest manifest, long generation)
    {
        // JSON can hold null where the types do not.
        if (manifest is null || manifest.Codecs.Any(codec => codec is null) || manifest.Segments.Any(segment => segment is null))
        {
            return "null stands in the place of the manifest or of one of its entries";
        }

        if (manifest.Version != Manifest.Format)
        {
            return $"format {manifest.Version}: this program reads {Manifest.Format}";
        }

        if (manifest.Generation != generation)
        {
            return $"generation {manifest.Generation} in the file of generation {generation}";
        }

        if (!IndexSettings.IsDimension(manifest.Identity.Dimension) || !IndexSettings.IsBits(manifest.Bits))
        {
            return $"{manifest.Identity.Dimension} dimensions at {manifest.Bits} bits are not possible";
        }

        var codecs = new HashSet<string>(StringComparer.Ordinal);
        foreach (CodecEntry codec in manifest.Codecs)
        {
            if (!IndexFolder.IsId(codec.Id) || !IndexFolder.IsHash(codec.Hash) || codec.Length <= 0 || !codecs.Add(codec.Id))
            {
                return $"codec '{codec.Id}' is malformed or named twice";
            }
        }

        var segments = new HashSet<string>(StringComparer.Ordinal);
        foreach (SegmentEntry segment in manifest.Segments)
        {
            bool sound = IndexFolder.IsId(segment.Id) && IndexFolder.IsHash(segment.Hash) && segment.Length > 0 && segment.Passages > 0
                && segment.Tokens >= segment.Passages && segment.Tokens <= IndexSettings.MostSegmentTokens && codecs.Contains(segment.Codec) && segments.Add(segment.Id);
            bool soundDead = segment.Tombstones is not TombstoneEntry dead || (dead.Generation > 0 && dead.Length > 0 && IndexFolder.IsHash(dead.Hash)
                && dead.Passages > 0 && dead.Passages <= segment.Passages && dead.Tokens > 0 && dead.Tokens <= segment.Tokens);
            if (!sound || !soundDead)
            {
                return $"segment '{segment.Id}' is malformed or named twice";
            }
        }

        return IsPlaid(manifest.Plaid) ? null : "the recall table of the plan plaid is malformed";
    }

    private static bool IsPlaid(PlaidEntry? plaid) =>
        plaid is null || (IsProbes(plaid.Probes) && plaid.Queries > 0 && plaid.Tokens > 0 && plaid.Recall.All(row => row is not null && IsProbes(row.Probes) && row.Recall is >= 0 and <= 1));

    private static bool IsProbes(int probes) => probes is >= 1 and <= MostProbes;
}
