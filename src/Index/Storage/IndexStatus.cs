namespace Jmlr.Index.Storage;

/// <summary>What an index holds and what it takes.</summary>
/// <param name="Generation">Generation in force.</param>
/// <param name="Identity">What it was made with.</param>
/// <param name="Bits">Bits of a residual value.</param>
/// <param name="Codecs">Codec generations in use.</param>
/// <param name="Centroids">Centroids of the newest codec.</param>
/// <param name="Segments">Number of segments.</param>
/// <param name="LivePassages">Passages that are found.</param>
/// <param name="LiveTokens">Their tokens.</param>
/// <param name="DeadPassages">Passages removed but not yet compacted away.</param>
/// <param name="DeadTokens">Their tokens.</param>
/// <param name="Bytes">Bytes of all files of the generation, manifest and codecs included.</param>
/// <param name="SegmentBytes">Bytes of the segments and tombstones alone.</param>
/// <param name="Drift">Mean residual of the stored tokens over that of the training sample, minus 1: above 0.1 the codec is out of date.</param>
/// <param name="Generations">Generations that can be rolled back to, highest first.</param>
public sealed record IndexStatus(
    long Generation, IndexIdentity Identity, int Bits, int Codecs, int Centroids, int Segments, int LivePassages, long LiveTokens, int DeadPassages,
    long DeadTokens, long Bytes, long SegmentBytes, double Drift, IReadOnlyList<long> Generations)
{
    /// <summary>Bytes of the index by live token, everything included; 0 for an empty index.</summary>
    public double BytesPerToken => LiveTokens == 0 ? 0 : (double)Bytes / LiveTokens;

    /// <summary>Bytes of the segments by live token: what one more token costs.</summary>
    public double SegmentBytesPerToken => LiveTokens == 0 ? 0 : (double)SegmentBytes / LiveTokens;

    /// <summary>Reads the status of the index in <paramref name="folder"/>.</summary>
    public static IndexStatus Read(string folder)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(folder);
        Manifest manifest = snapshot.Manifest;
        long segmentBytes = manifest.Segments.Sum(segment => segment.Length + (segment.Tombstones?.Length ?? 0));
        long bytes = segmentBytes + manifest.Codecs.Sum(codec => codec.Length) + new FileInfo(Path.Combine(folder, IndexFolder.Manifest(manifest.Generation))).Length;
        double residuals = 0, expected = 0;
        foreach (Segment segment in snapshot.Segments)
        {
            residuals += segment.Parameters.ResidualSum;
            expected += segment.Parameters.Tokens * (double)snapshot.Codecs[segment.CodecIndex].Baseline.ResidualNorm;
        }

        long tokens = manifest.Segments.Sum(segment => segment.Tokens);
        int passages = manifest.Segments.Sum(segment => segment.Passages);
        return new IndexStatus(
            manifest.Generation, manifest.Identity, manifest.Bits, snapshot.Codecs.Count, snapshot.Codecs.Count == 0 ? 0 : snapshot.Codecs[^1].Count, snapshot.Segments.Count,
            snapshot.Passages, snapshot.Tokens, passages - snapshot.Passages, tokens - snapshot.Tokens, bytes, segmentBytes,
            expected > 0 ? (residuals / expected) - 1 : 0, IndexFolder.Generations(folder));
    }
}
