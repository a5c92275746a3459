using System.Runtime.InteropServices;
using Jmlr.Index.Codec;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Storage;

/// <summary>Draws the training sample: passages in the order of a hash of their ids, until there are 64 tokens for each centroid.</summary>
static class SampleDraw
{
    /// <summary>fp16 vectors [n, dim], the same whatever order the passages came in.</summary>
    internal static NativeBlock<ushort> Draw(PassageEmbeddings embeddings, int dimension, int centroids, ulong seed, CancellationToken cancellation)
    {
        int[] order = [.. Enumerable.Range(0, embeddings.Count)];
        ulong[] keys = [.. order.Select(passage => SampleHash.Of(embeddings.Id(passage), seed))];
        // The passages are sorted by id, so equal hashes fall in the order of ids.
        order = [.. order.OrderBy(passage => keys[passage]).ThenBy(passage => passage)];

        long wanted = (long)centroids * CodecTrainer.PointsPerCentroid, tokens = 0, room = Array.MaxLength / dimension;
        int taken = 0;
        while (taken < order.Length && tokens < wanted && tokens + embeddings.Tokens(order[taken]) <= room)
        {
            tokens += embeddings.Tokens(order[taken++]);
        }

        var sample = new NativeBlock<ushort>((int)(tokens * dimension));
        try
        {
            Span<ushort> rest = sample.GetSpan();
            foreach (int passage in order.AsSpan(0, taken))
            {
                ReadOnlySpan<ushort> rows = MemoryMarshal.Cast<byte, ushort>(embeddings.Load(passage, cancellation).Span);
                rows.CopyTo(rest);
                rest = rest[rows.Length..];
            }

            return sample;
        }
        catch
        {
            ((IDisposable)sample).Dispose();
            throw;
        }
    }
}
