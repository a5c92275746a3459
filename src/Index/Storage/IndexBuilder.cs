using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Kernels;
using Jmlr.Ingest.Store;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Storage;

/// <summary>What a build or update did.</summary>
/// <param name="Generation">Generation in force now.</param>
/// <param name="Added">Passages added.</param>
/// <param name="Removed">Passages removed.</param>
/// <param name="Kept">Passages that stayed as they were.</param>
/// <param name="Encoded">Passages that had to be encoded; the others came from the cache.</param>
/// <param name="NewCodec">Passages that an update gave a codec of their own because the former one no longer fitted, those added before included; 0 when it did.</param>
public sealed record IndexChange(long Generation, int Added, int Removed, int Kept, int Encoded, int NewCodec = 0);

/// <summary>
/// Makes and changes the index in a folder. One writer at a time, in all processes; every operation is one commit, and whatever ends it early
/// (error, cancellation, kill) leaves the former state. Readers keep their snapshot.
/// </summary>
public sealed partial class IndexBuilder
{
    private readonly string _folder;
    private readonly ITokenEncoder _encoder;
    private readonly IEmbeddingCache _cache;
    private readonly IndexIdentity _identity;
    private IndexSettings _settings;
    private readonly IndexDisk _disk;

    /// <summary>Prepares work on the index in <paramref name="folder"/> (made when absent); <paramref name="chunkerHash"/> is of the chunker that cut the passages.</summary>
    public IndexBuilder(string folder, ITokenEncoder encoder, IEmbeddingCache cache, string chunkerHash, IndexSettings? settings = null)
        : this(folder, encoder, cache, chunkerHash, settings, null)
    {
    }

    internal IndexBuilder(string folder, ITokenEncoder encoder, IEmbeddingCache cache, string chunkerHash, IndexSettings? settings, IFileCalls? calls)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(chunkerHash);
        _folder = folder;
        _disk = new IndexDisk(folder, calls);
        _encoder = encoder;
        _cache = cache;
        _identity = IndexIdentity.Of(encoder, chunkerHash);
        _settings = settings ?? new IndexSettings();
        _settings.Demand(encoder.Dimension);
    }

    /// <summary>Builds the index anew from all passages of <paramref name="source"/>. Stages reported: "encode", "cluster", "compress", and "calibrate" where searches will be approximate.</summary>
    public IndexChange Build(IPassageSource source, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        _disk.MakeFolder();
        using IndexWriter writer = IndexWriter.Open(_disk, "build the index");
        return Build(writer, source, progress, cancellation);
    }

    /// <summary>
    /// Makes the index hold exactly the passages of <paramref name="wanted"/>: adds those whose id is new, removes those whose id is gone.
    /// Nothing is written when nothing changed.
    /// </summary>
    public IndexChange Update(IPassageSource wanted, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        using IndexWriter writer = OpenForUpdate();
        if (writer.Current!.Codecs.Count == 0)
        {
            return Rebuild(writer, writer.Current.Bits, wanted, progress, cancellation);
        }

        var missing = new HashSet<string>(Sorted(wanted.Ids), StringComparer.Ordinal);
        using var deaths = new SegmentDeaths(_disk, writer.Current!);
        deaths.KillWhere(id => !missing.Remove(id), cancellation);
        return Commit(writer, null, deaths, wanted, Sorted(missing), progress, cancellation);
    }

    /// <summary>Adds the passages of <paramref name="added"/> (replacing those of the same id) and removes <paramref name="removed"/>, in one commit. An unknown id to remove is an error.</summary>
    public IndexChange Apply(IPassageSource added, IReadOnlyCollection<string> removed, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(added);
        ArgumentNullException.ThrowIfNull(removed);
        using IndexWriter writer = OpenForUpdate();
        string[] ids = Sorted(added.Ids);
        if (writer.Current!.Codecs.Count == 0)
        {
            if (removed.Count > 0)
            {
                Throw.UnknownPassage(removed.First());
            }

            return Rebuild(writer, writer.Current.Bits, added, progress, cancellation);
        }

        using var deaths = new SegmentDeaths(_disk, writer.Current!);
        foreach (string id in removed)
        {
            if (!deaths.Kill(id))
            {
                Throw.UnknownPassage(id);
            }
        }

        foreach (string id in ids)
        {
            deaths.Kill(id);
        }

        return Commit(writer, null, deaths, added, ids, progress, cancellation);
    }

    private IndexWriter OpenForUpdate()
    {
        ManifestFile.ReadCurrent(_folder).Identity.Demand(_identity, _folder);
        IndexWriter writer = IndexWriter.Open(_disk, "update the index");
        try
        {
            if (writer.Current is null)
            {
                Throw.NoIndex(_folder);
            }

            writer.Current.Identity.Demand(_identity, _folder);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Builds anew with the bits that the index has.</summary>
    private IndexChange Rebuild(IndexWriter writer, int bits, IPassageSource source, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        _settings = _settings with { Bits = bits };
        return Build(writer, source, progress, cancellation);
    }

    private IndexChange Build(IndexWriter writer, IPassageSource source, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        string[] ids = Sorted(source.Ids);
        var embeddings = new PassageEmbeddings(_encoder, _cache, source, ids, _settings.EncodeBatch);
        long tokens = embeddings.Prepare(progress, cancellation);
        var manifest = new Manifest { Generation = writer.NextGeneration, Identity = _identity, Bits = _settings.Bits, Codecs = [], Segments = [] };
        if (ids.Length > 0)
        {
            ResidualCodec codec = Train(embeddings, tokens, tokens, _settings.Bits, progress, cancellation);
            CodecEntry entry = CodecFile.Write(_disk, codec);
            var build = new SegmentBuild(_disk, codec, entry.Id, _settings);
            manifest = manifest with { Codecs = [entry], Segments = build.Write(embeddings, progress, cancellation) };
        }

        manifest = Calibrated(manifest, source, progress, cancellation);
        int before = writer.Current?.Segments.Sum(segment => segment.Live.Passages) ?? 0;
        writer.Commit(manifest, cancellation);
        return new IndexChange(manifest.Generation, ids.Length, before, 0, embeddings.Encoded);
    }

    private ResidualCodec Train(PassageEmbeddings embeddings, long tokens, long collectionTokens, int bits, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        int centroids = CentroidCount.For(tokens);
        using NativeBlock<ushort> sample = SampleDraw.Draw(embeddings, _encoder.Dimension, centroids, _settings.Seed, cancellation);
        var training = new CodecTraining
        {
            Bits = bits,
            Centroids = centroids,
            Iterations = _settings.Iterations,
            QuantileBuckets = _settings.QuantileBuckets,
            Seed = _settings.Seed,
            Threads = _settings.Threads,
            CollectionTokens = collectionTokens,
        };
        long points = sample.Memory.Length / _encoder.Dimension;
        return CodecTrainer.Train(sample.Memory, _encoder.Dimension, training,
            round => progress?.Report(new ProgressReport("cluster", round, _settings.Iterations, "rounds", round * points, "tokens")), cancellation);
    }

    /// <summary>Commits what comes of <paramref name="salvaged"/>, or else of the state in force, where no change means no commit.</summary>
    private IndexChange Commit(
        IndexWriter writer, Manifest? salvaged, SegmentDeaths deaths, IPassageSource source, string[] added, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        Manifest current = salvaged ?? writer.Current!;
        int live = deaths.LiveBefore;
        if (salvaged is null && added.Length == 0 && deaths.Killed == 0)
        {
            return new IndexChange(current.Generation, 0, 0, live, 0);
        }

        var embeddings = new PassageEmbeddings(_encoder, _cache, source, added, _settings.EncodeBatch);
        long tokens = embeddings.Prepare(progress, cancellation);
        int removed = deaths.Killed;
        CodedPassages coded = Code(current, deaths.LiveTokensBefore, embeddings, tokens, progress, cancellation);
        using ResidualCodec codec = coded.Codec;
        NewCodec? better = salvaged is null ? Better(current, coded, deaths, source, added, progress, cancellation) : null;
        List<CodecEntry> codecs = better is null ? [.. current.Codecs] : [.. current.Codecs, better.Entry];
        Manifest next = current with { Generation = writer.NextGeneration, Segments = [.. deaths.Write(writer.NextGeneration), .. better?.Segments ?? coded.Segments] };
        next = next with { Codecs = [.. codecs.Where(entry => entry == codecs[^1] || next.Segments.Any(segment => segment.Codec == entry.Id))] };
        writer.Commit(Calibrated(next, source, progress, cancellation), cancellation);
        return new IndexChange(next.Generation, added.Length, removed, live - removed, embeddings.Encoded + (better?.Encoded ?? 0), better?.Passages ?? 0);
    }

    /// <summary>Ids in ordinal order: whatever order they came in, the index has the same bytes.</summary>
    private static string[] Sorted(IEnumerable<string> ids)
    {
        string[] sorted = [.. ids];
        Array.Sort(sorted, StringComparer.Ordinal);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].Length is 0 or > 4096)
            {
                Throw.BadId(sorted[i]);
            }

            if (i > 0 && sorted[i] == sorted[i - 1])
            {
                Throw.NotUnique(sorted[i]);
            }
        }

        return sorted;
    }
}
