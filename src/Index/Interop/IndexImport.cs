using System.Globalization;
using Jmlr.Index.Codec;
using Jmlr.Index.Storage;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Interop;

/// <summary>Names a passage of a foreign index: its id here and the text that was encoded, when it is known.</summary>
/// <param name="Id">Id in our index.</param>
/// <param name="TextHash">SHA-256 of the text; empty when it is not known.</param>
public readonly record struct ImportedPassage(string Id, ReadOnlyMemory<byte> TextHash);

/// <summary>
/// Takes over an index of colbert-ai, fast-plaid or next-plaid without encoding anything: centroids, buckets and codes stay what they are, the bits are laid out in our order.
/// One commit, like a build.
/// </summary>
public static class IndexImport
{
    /// <summary>
    /// Makes <paramref name="source"/> the state of the index in <paramref name="folder"/>. <paramref name="passages"/> names its passages in the order of
    /// their numbers (removed ones included); without it they are named by number.
    /// </summary>
    public static IndexChange Run(
        string source, string folder, IndexIdentity identity, IReadOnlyList<ImportedPassage>? passages = null, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(identity);
        IForeignIndex index = IndexLayouts.Open(source);
        using var files = index as IDisposable;
        if (identity.Dimension != index.Dimension)
        {
            Throw.ForeignIndex(index.MetadataPath, $"{index.Dimension} dimensions: the retriever in use has {identity.Dimension}");
        }

        var chunks = new List<ForeignChunk>();
        for (int chunk = 0; chunk < index.Chunks; chunk++)
        {
            cancellation.ThrowIfCancellationRequested();
            chunks.Add(index.Read(chunk));
            progress?.Report(new ProgressReport("read", chunk + 1, index.Chunks, "chunks"));
        }

        (string Id, byte[] Hash, int Chunk, int First, int Length)[] live = [.. Live(chunks, passages, source).OrderBy(passage => passage.Id, StringComparer.Ordinal)];
        for (int i = 1; i < live.Length; i++)
        {
            if (live[i].Id == live[i - 1].Id)
            {
                Throw.NotUnique(live[i].Id);
            }
        }

        var disk = new IndexDisk(folder);
        disk.MakeFolder();
        using IndexWriter writer = IndexWriter.Open(disk, "import an index");
        var manifest = new Manifest { Generation = writer.NextGeneration, Identity = identity, Bits = index.Bits, Codecs = [], Segments = [] };
        if (live.Length > 0)
        {
            // How long the residuals were before they were coded is not known, so drift cannot be judged against them.
            var baseline = new CodecBaseline(0, 0, 0, chunks.Sum(chunk => (long)chunk.Codes.Length));
            var codec = new ResidualCodec(index.Dimension, index.Bits, index.Centroids, index.Cutoffs, index.Weights, baseline);
            CodecEntry entry = CodecFile.Write(disk, codec);
            manifest = manifest with { Codecs = [entry], Segments = Segments(disk, codec, entry.Id, chunks, live, progress, cancellation) };
        }

        int before = writer.Current?.Segments.Sum(segment => segment.Live.Passages) ?? 0;
        writer.Commit(manifest, cancellation);
        return new IndexChange(manifest.Generation, live.Length, before, 0, 0);
    }

    private static IEnumerable<(string Id, byte[] Hash, int Chunk, int First, int Length)> Live(List<ForeignChunk> chunks, IReadOnlyList<ImportedPassage>? passages, string source)
    {
        int total = chunks.Sum(chunk => chunk.Lengths.Length), number = 0, digits = Math.Max(1, total - 1).ToString(CultureInfo.InvariantCulture).Length;
        if (passages is not null && passages.Count != total)
        {
            Throw.ForeignIndex(source, $"{total} passages, but {passages.Count} names are given");
        }

        for (int c = 0; c < chunks.Count; c++)
        {
            int first = 0;
            foreach (int length in chunks[c].Lengths)
            {
                string id = passages is null ? number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0') : passages[number].Id;
                byte[] hash = passages?[number].TextHash is { Length: 32 } known ? known.ToArray() : new byte[32];
                number++;
                if (length > 0)
                {
                    if (id.Length is 0 or > 4096)
                    {
                        Throw.BadId(id);
                    }

                    if (length > IndexSettings.MostSegmentTokens)
                    {
                        Throw.ForeignIndex(source, $"passage {number - 1} has {length} tokens: at most {IndexSettings.MostSegmentTokens} can be taken over");
                    }

                    yield return (id, hash, c, first, length);
                }

                first += length;
            }
        }
    }

    private static List<SegmentEntry> Segments(
        IndexDisk disk, ResidualCodec codec, string codecId, List<ForeignChunk> chunks, (string Id, byte[] Hash, int Chunk, int First, int Length)[] live, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        var written = new List<SegmentEntry>();
        var rows = new PackedRows(codec);
        SegmentWriter? writer = null;
        long tokens = 0;
        try
        {
            for (int i = 0; i < live.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (writer is not null && writer.Tokens + live[i].Length > IndexSettings.MostSegmentTokens)
                {
                    written.Add(writer.Finish());
                    writer.Dispose();
                    writer = null;
                }

                writer ??= new SegmentWriter(disk, codec, codecId);
                ForeignChunk chunk = chunks[live[i].Chunk];
                byte[] planes = new byte[live[i].Length * codec.RowBytes];
                var measures = new TokenMeasure[live[i].Length];
                for (int t = 0; t < measures.Length; t++)
                {
                    measures[t] = rows.Take(chunk, live[i].First + t);
                    PlanePacking.Pack(rows.Indexes, codec.Bits, planes.AsSpan(t * codec.RowBytes, codec.RowBytes));
                }

                writer.Add(live[i].Id, live[i].Hash, chunk.Codes.AsSpan(live[i].First, live[i].Length), planes, measures);
                tokens += live[i].Length;
                if ((i & 1023) == 1023 || i == live.Length - 1)
                {
                    progress?.Report(new ProgressReport("import", i + 1, live.Length, "passages", tokens, "tokens"));
                }
            }

            if (writer is not null)
            {
                written.Add(writer.Finish());
            }
        }
        finally
        {
            writer?.Dispose();
        }

        return written;
    }

    /// <summary>Unpacks and measures one row after another in buffers of its own.</summary>
    private sealed class PackedRows(ResidualCodec codec)
    {
        private readonly float[] _scratch = new float[codec.Dimension];

        internal byte[] Indexes { get; } = new byte[codec.Dimension];

        internal TokenMeasure Take(ForeignChunk chunk, int token)
        {
            ColbertPacking.Unpack(chunk.Residuals.AsSpan(token * codec.RowBytes, codec.RowBytes), codec.Bits, Indexes);
            TokenMeasure measure = codec.Measure(chunk.Codes[token], Indexes, _scratch, 0);
            return measure with { Residual = measure.Coded };
        }
    }
}
