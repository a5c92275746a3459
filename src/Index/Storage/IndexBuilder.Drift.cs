using Jmlr.Index.Codec;
using Jmlr.Index.Kernels;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Storage;

public sealed partial class IndexBuilder
{
    private const int SampledCentroids = 64; // 64 tokens for each of so many: enough to tell which codec fits

    /// <summary>Passages that were added, coded by the codec that fits them best.</summary>
    private sealed record CodedPassages(ResidualCodec Codec, CodecEntry Entry, bool Outgrown, long Tokens, List<SegmentEntry> Segments);

    /// <summary>A codec trained by an update, and all that it codes.</summary>
    private sealed record NewCodec(CodecEntry Entry, List<SegmentEntry> Segments, int Passages, int Encoded);

    /// <summary>Codes with the codec that has the shortest residuals over a sample; the newest where they are equal, or nothing is added.</summary>
    private CodedPassages Code(Manifest current, long liveTokens, PassageEmbeddings added, long tokens, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ResidualCodec[] codecs = [.. current.Codecs.Select(entry => CodecFile.Read(_folder, entry, _identity.Dimension, current.Bits))];
        int chosen = codecs.Length - 1;
        if (codecs.Length > 1 && added.Count > 0)
        {
            using NativeBlock<ushort> sample = SampleDraw.Draw(added, _identity.Dimension, SampledCentroids, _settings.Seed, cancellation);
            double[] means = Array.ConvertAll(codecs, codec => CodecDrift.MeanResidual(sample.GetSpan(), codec));
            chosen = Array.LastIndexOf(means, means.Min());
        }

        foreach (ResidualCodec codec in codecs.Where((_, c) => c != chosen))
        {
            codec.Dispose();
        }

        bool outgrown = codecs.All(codec => CodecDrift.Growth(liveTokens + tokens, codec) >= CodecDrift.GrowthBound);
        List<SegmentEntry> segments = new SegmentBuild(_disk, codecs[chosen], current.Codecs[chosen].Id, _settings).Write(added, progress, cancellation);
        return new CodedPassages(codecs[chosen], current.Codecs[chosen], outgrown, tokens, segments);
    }

    /// <summary>
    /// A codec trained on what was added together with what was added before and coded badly, when that is coded badly (or the collection has outgrown its
    /// codec), is enough to train on, and gains by it. Null when all stays as it is. The segments coded badly are written anew and killed.
    /// </summary>
    private NewCodec? Better(
        Manifest current, CodedPassages coded, SegmentDeaths deaths, IPassageSource source, string[] added, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        double residuals = coded.Segments.Sum(segment => ResidualSum(segment, coded.Codec));
        long collection = deaths.LiveTokensBefore + coded.Tokens;
        if (added.Length == 0 || current.Codecs.Count >= CodecDrift.MostCodecs || !(coded.Outgrown || CodecDrift.Of(residuals, coded.Tokens, coded.Codec) > CodecDrift.Bound))
        {
            return null;
        }

        var known = new HashSet<string>(source.Ids, StringComparer.Ordinal);
        int[] drifted = [.. Enumerable.Range(0, deaths.Segments.Count).Where(s => IsDrifted(deaths.Segments[s], coded) && deaths.Survivors(s).All(known.Contains))];
        string[] moved = [.. drifted.SelectMany(deaths.Survivors)];
        var all = new PassageEmbeddings(_encoder, _cache, source, Sorted([.. added, .. moved]), _settings.EncodeBatch);
        long tokens = all.Prepare(progress, cancellation);
        if (tokens < _settings.LeastDriftTokens)
        {
            return null;
        }

        ResidualCodec codec = Train(all, tokens, collection, current.Bits, progress, cancellation);
        using NativeBlock<ushort> drawn = SampleDraw.Draw(all, _identity.Dimension, SampledCentroids, _settings.Seed, cancellation);
        double now = CodecDrift.MeanResidual(drawn.GetSpan(), coded.Codec);
        if (codec.Baseline.ResidualNorm > now * (1 - CodecDrift.LeastGain))
        {
            return null;
        }

        CodecEntry entry = CodecFile.Write(_disk, codec);
        List<SegmentEntry> segments = new SegmentBuild(_disk, codec, entry.Id, _settings).Write(all, progress, cancellation);
        foreach (int segment in drifted)
        {
            deaths.KillAll(segment);
        }

        return new NewCodec(entry, segments, all.Count, all.Encoded);
    }

    private double ResidualSum(SegmentEntry entry, ResidualCodec codec)
    {
        using var segment = new Segment(_folder, entry, 0, codec.Dimension, codec.Bits);
        return segment.Parameters.ResidualSum;
    }

    private static bool IsDrifted(Segment segment, CodedPassages coded) =>
        segment.Entry.Codec == coded.Entry.Id && CodecDrift.Of(segment.Parameters.ResidualSum, segment.Entry.Tokens, coded.Codec) > CodecDrift.Bound;
}
