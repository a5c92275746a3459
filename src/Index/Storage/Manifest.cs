namespace Jmlr.Index.Storage;

/// <summary>The complete state of an index at one generation: publishing it is the commit.</summary>
sealed record Manifest
{
    internal const int Format = 1;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = Format;

    /// <summary>Number of the commit, from 1.</summary>
    public required long Generation { get; init; }

    /// <summary>What the index was made with.</summary>
    public required IndexIdentity Identity { get; init; }

    /// <summary>Bits of a residual value.</summary>
    public required int Bits { get; init; }

    /// <summary>Codecs that the segments use.</summary>
    public required IReadOnlyList<CodecEntry> Codecs { get; init; }

    /// <summary>Segments, in the order they were added.</summary>
    public required IReadOnlyList<SegmentEntry> Segments { get; init; }

    /// <summary>How the plan plaid was calibrated; null for an index that is scored exactly, or was taken over.</summary>
    public PlaidEntry? Plaid { get; init; }

    /// <summary>Names and lengths of all files of this state.</summary>
    internal IEnumerable<(string Name, long Length, string Hash)> Files()
    {
        foreach (CodecEntry codec in Codecs)
        {
            yield return (IndexFolder.Codec(codec.Id), codec.Length, codec.Hash);
        }

        foreach (SegmentEntry segment in Segments)
        {
            yield return (IndexFolder.Segment(segment.Id), segment.Length, segment.Hash);
            if (segment.Tombstones is TombstoneEntry dead)
            {
                yield return (IndexFolder.Tombstones(segment.Id, dead.Generation), dead.Length, dead.Hash);
            }
        }
    }
}

/// <summary>A codec file.</summary>
sealed record CodecEntry(string Id, long Length, string Hash);

/// <summary>A segment file with the counts it must have.</summary>
sealed record SegmentEntry(string Id, long Length, string Hash, string Codec, int Passages, long Tokens, TombstoneEntry? Tombstones = null)
{
    /// <summary>Live passages and tokens.</summary>
    internal (int Passages, long Tokens) Live => Tombstones is TombstoneEntry dead ? (Passages - dead.Passages, Tokens - dead.Tokens) : (Passages, Tokens);
}

/// <summary>
/// What the plan plaid found of the exact plan's ten best over queries drawn from the passages, and the number of centroids a query token that is enough.
/// </summary>
/// <param name="Probes">Centroids looked at for each query token.</param>
/// <param name="Queries">Queries drawn.</param>
/// <param name="Tokens">Live tokens at that time: an index of another size is measured anew.</param>
/// <param name="Recall">One row for each number of probes that was tried, ascending.</param>
sealed record PlaidEntry(int Probes, int Queries, long Tokens, IReadOnlyList<ProbeRecall> Recall);

/// <summary>A row of the recall table.</summary>
/// <param name="Probes">Centroids looked at for each query token.</param>
/// <param name="Recall">Share of the exact plan's ten best that the plan plaid finds, 0 to 1.</param>
public sealed record ProbeRecall(int Probes, double Recall);

/// <summary>The dead passages of a segment.</summary>
sealed record TombstoneEntry(long Generation, long Length, string Hash, int Passages, long Tokens);
