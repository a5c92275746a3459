using Jmlr.Index.Codec;

namespace Jmlr.Index.Storage;

/// <summary>
/// When a codec no longer fits. Measured is the mean length of the residuals: of the stored tokens against that of vectors held out of the codec's own
/// training.
/// </summary>
static class CodecDrift
{
    /// <summary>Above this, material is coded badly.</summary>
    internal const double Bound = 0.1;

    /// <summary>A collection so many times larger than the one its codec was trained for wants twice the centroids.</summary>
    internal const double GrowthBound = 4;

    /// <summary>A new codec must shorten the residuals by this part, or it is not worth its place in every search.</summary>
    internal const double LeastGain = 0.05;

    /// <summary>Codecs that one index may have: each costs every search a table of its centroids.</summary>
    internal const int MostCodecs = 4;

    /// <summary>How much longer residuals are than the codec's own; null where those are not known.</summary>
    internal static double? Of(double residualSum, long tokens, ResidualCodec codec) =>
        codec.Baseline.ResidualNorm > 0 && tokens > 0 ? (residualSum / tokens / codec.Baseline.ResidualNorm) - 1 : null;

    /// <summary>How many times the collection has grown since the codec was trained; null where that is not known.</summary>
    internal static double? Growth(long tokens, ResidualCodec codec) => codec.Baseline.CollectionTokens > 0 ? (double)tokens / codec.Baseline.CollectionTokens : null;

    /// <summary>Mean length of the residuals of fp16 vectors [n, dim].</summary>
    internal static double MeanResidual(ReadOnlySpan<ushort> vectors, ResidualCodec codec)
    {
        float[] residuals = new float[vectors.Length];
        return CodecTrainer.Residuals(vectors, codec.CentroidSet, residuals).Average(length => (double)length);
    }
}
