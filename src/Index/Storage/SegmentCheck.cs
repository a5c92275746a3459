using Jmlr.Index.Codec;

namespace Jmlr.Index.Storage;

/// <summary>What holds between the columns of a segment, beyond what opening it checks.</summary>
static class SegmentCheck
{
    private const int Chunk = 1 << 16;

    /// <summary>
    /// Centroid codes in range, ids ordered and not live elsewhere (<paramref name="seen"/> has the live ids of the segments before), counts of the
    /// dead as the manifest says.
    /// </summary>
    internal static void Run(Segment segment, ResidualCodec codec, Dictionary<string, string> seen, Action<string, long, string> report)
    {
        for (long token = 0; token < segment.Entry.Tokens; token += Chunk)
        {
            ReadOnlySpan<ushort> codes = segment.Codes(token, Math.Min(Chunk, segment.Entry.Tokens - token));
            for (int i = 0; i < codes.Length; i++)
            {
                if (codes[i] >= codec.Count)
                {
                    report(BlockFormat.Name(SectionId.Codes), (token + i) * sizeof(ushort), $"centroid {codes[i]} of {codec.Count}");
                }
            }
        }

        string former = "";
        for (int passage = 0; passage < segment.Entry.Passages; passage++)
        {
            string id = segment.Id(passage);
            if (string.CompareOrdinal(id, former) <= 0)
            {
                report(BlockFormat.Name(SectionId.Ids), passage, $"passage {passage} '{id}' does not follow '{former}' in order");
            }

            if (!segment.IsDead(passage) && !seen.TryAdd(id, segment.Entry.Id))
            {
                report(BlockFormat.Name(SectionId.Ids), passage, $"passage '{id}' is alive in segment {seen[id]} too");
            }

            former = id;
        }

        if (segment.Entry.Tombstones is TombstoneEntry dead && segment.Count(segment.Dead) != (dead.Passages, dead.Tokens))
        {
            report(BlockFormat.Name(SectionId.PassageTokens), 0, $"the dead are {segment.Count(segment.Dead)}, the manifest says ({dead.Passages}, {dead.Tokens})");
        }
    }
}
