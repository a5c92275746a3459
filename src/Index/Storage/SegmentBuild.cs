using System.Runtime.InteropServices;
using Jmlr.Index.Codec;
using Jmlr.Models.Progress;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Storage;

/// <summary>Compresses passages into segments, batch by batch: what is held in memory is one batch and the small columns of one segment.</summary>
sealed class SegmentBuild(IndexDisk disk, ResidualCodec codec, string codecId, IndexSettings settings)
{
    private const int MostBatchTokens = 65_536;
    private readonly int _batchTokens = (int)Math.Min(MostBatchTokens, settings.SegmentTokens);

    /// <summary>Writes all passages of <paramref name="embeddings"/>, in their order.</summary>
    internal List<SegmentEntry> Write(PassageEmbeddings embeddings, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        var written = new List<SegmentEntry>();
        using var compressor = new Compressor(codec, settings.Threads);
        SegmentWriter? writer = null;
        float[] vectors = [];
        long tokens = 0;
        try
        {
            for (int first = 0, end; first < embeddings.Count; first = end)
            {
                int batch = 0;
                for (end = first; end < embeddings.Count && (end == first || batch + embeddings.Tokens(end) <= _batchTokens); end++)
                {
                    batch += embeddings.Tokens(end);
                }

                if (writer is not null && writer.Tokens + batch > settings.SegmentTokens)
                {
                    written.Add(writer.Finish());
                    writer.Dispose();
                    writer = null;
                }

                writer ??= new SegmentWriter(disk, codec, codecId);
                int length = batch * codec.Dimension;
                vectors = vectors.Length >= length ? vectors : new float[Math.Max(length, _batchTokens * codec.Dimension)];
                Load(embeddings, first, end, vectors, cancellation);
                compressor.Compress(vectors.AsMemory(0, length), cancellation);
                Append(writer, embeddings, first, end, compressor);
                tokens += batch;
                progress?.Report(new ProgressReport("compress", end, embeddings.Count, "passages", tokens, "tokens"));
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

    private static void Load(PassageEmbeddings embeddings, int first, int end, float[] vectors, CancellationToken cancellation)
    {
        int at = 0;
        for (int passage = first; passage < end; passage++)
        {
            ReadOnlySpan<ushort> rows = MemoryMarshal.Cast<byte, ushort>(embeddings.Load(passage, cancellation).Span);
            HalfFloats.Widen(rows, vectors.AsSpan(at, rows.Length));
            at += rows.Length;
        }
    }

    private void Append(SegmentWriter writer, PassageEmbeddings embeddings, int first, int end, Compressor compressor)
    {
        int at = 0;
        for (int passage = first; passage < end; passage++)
        {
            int count = embeddings.Tokens(passage);
            writer.Add(embeddings.Id(passage), embeddings.TextHash(passage), compressor.Codes.Slice(at, count),
                compressor.Rows.Slice(at * codec.RowBytes, count * codec.RowBytes), compressor.Measures.Slice(at, count));
            at += count;
        }
    }
}
