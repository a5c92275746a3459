using Jmlr.Index.Codec;

namespace Jmlr.Index.Storage;

/// <summary>How a codec fits what it codes. Passages that are dead but not compacted away are counted too.</summary>
/// <param name="Centroids">Number of centroids.</param>
/// <param name="Segments">Segments coded by it.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Drift">How much longer their residuals are, on the mean, than those of vectors held out of its training; null where that is not known.</param>
/// <param name="Outliers">Part of the tokens that lie farther from their centroid than 99 of 100 of those vectors.</param>
/// <param name="Growth">Tokens of the index over those it was trained for; null where that is not known.</param>
/// <param name="DriftedPassages">Live passages of the segments whose own drift is above 0.1.</param>
public sealed record CodecFit(int Centroids, int Segments, long Tokens, double? Drift, double Outliers, double? Growth, int DriftedPassages)
{
    internal static CodecFit Of(ResidualCodec codec, IEnumerable<Segment> segments, long collection)
    {
        Segment[] own = [.. segments];
        long tokens = own.Sum(segment => segment.Entry.Tokens);
        return new CodecFit(
            codec.Count, own.Length, tokens, CodecDrift.Of(own.Sum(segment => segment.Parameters.ResidualSum), tokens, codec),
            tokens == 0 ? 0 : (double)own.Sum(segment => segment.Parameters.Outliers) / tokens, CodecDrift.Growth(collection, codec),
            own.Where(segment => CodecDrift.Of(segment.Parameters.ResidualSum, segment.Entry.Tokens, codec) > CodecDrift.Bound).Sum(segment => segment.Live.Passages));
    }
}
