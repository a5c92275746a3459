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
/// <param name="Drift">How much longer the residuals of the stored tokens are, on the mean, than what their codecs were measured with; null where that is not known of any codec.</param>
/// <param name="Generations">Generations that can be rolled back to, highest first.</param>
/// <param name="Fits">The same for each codec, the newest last.</param>
/// <param name="Probes">Centroids that the plan plaid looks at for each query token.</param>
/// <param name="Recall">What it found of the exact plan's ten best when the index was built, by probes; empty where that was not measured.</param>
public sealed record IndexStatus(
    long Generation, IndexIdentity Identity, int Bits, int Codecs, int Centroids, int Segments, int LivePassages, long LiveTokens, int DeadPassages,
    long DeadTokens, long Bytes, long SegmentBytes, double? Drift, IReadOnlyList<long> Generations, IReadOnlyList<CodecFit> Fits,
    int Probes, IReadOnlyList<ProbeRecall> Recall)
{
    /// <summary>Passages in segments that are coded badly: more than a tenth longer residuals than their codec's own.</summary>
    public int DriftedPassages => Fits.Sum(fit => fit.DriftedPassages);

    /// <summary>True when the collection is 4 times or more what its codecs were trained for: a build would give it more centroids.</summary>
    public bool Outgrown => Fits.Count > 0 && Fits.All(fit => fit.Growth >= CodecDrift.GrowthBound);

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
        CodecFit[] fits = [.. snapshot.Codecs.Select((codec, c) => CodecFit.Of(codec, snapshot.Segments.Where(segment => segment.CodecIndex == c), snapshot.Tokens))];
        CodecFit[] judged = [.. fits.Where(fit => fit.Drift is not null && fit.Tokens > 0)];
        long tokens = manifest.Segments.Sum(segment => segment.Tokens);
        int passages = manifest.Segments.Sum(segment => segment.Passages);
        return new IndexStatus(
            manifest.Generation, manifest.Identity, manifest.Bits, snapshot.Codecs.Count, snapshot.Codecs.Count == 0 ? 0 : snapshot.Codecs[^1].Count, snapshot.Segments.Count,
            snapshot.Passages, snapshot.Tokens, passages - snapshot.Passages, tokens - snapshot.Tokens, bytes, segmentBytes,
            judged.Length == 0 ? null : judged.Sum(fit => fit.Drift * fit.Tokens) / judged.Sum(fit => fit.Tokens), IndexFolder.Generations(folder), fits,
            snapshot.Probes, manifest.Plaid?.Recall ?? []);
    }
}
