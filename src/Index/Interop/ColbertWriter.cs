using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Jmlr.Index.Codec;
using Jmlr.Models.Weights;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Index.Interop;

/// <summary>The files of colbert-ai 0.2.</summary>
sealed class ColbertWriter(string folder, string name, ResidualCodec codec) : IForeignWriter
{
    public void Write(ForeignChunk chunk, ExportTotals before)
    {
        TorchWriter.Write(Path.Combine(folder, $"{before.Chunks}.codes.pt"), Value(TensorType.I32, chunk.Codes, chunk.Codes.Length));
        TorchWriter.Write(Path.Combine(folder, $"{before.Chunks}.residuals.pt"), Value(TensorType.U8, chunk.Residuals, chunk.Codes.Length, codec.RowBytes));
        ForeignJson.Write(folder, ForeignFolder.LengthsName(before.Chunks), ForeignJson.Lengths(chunk));
        ForeignJson.Write(folder, $"{before.Chunks}.metadata.json", new JsonObject
        {
            ["passage_offset"] = before.Passages,
            ["num_passages"] = chunk.Lengths.Length,
            ["num_embeddings"] = chunk.Codes.Length,
            ["embedding_offset"] = before.Tokens,
        });
    }

    public void Finish(ExportTotals totals)
    {
        TorchWriter.Write(Path.Combine(folder, "centroids.pt"), Value(TensorType.F16, codec.CentroidBits, codec.Count, codec.Dimension));
        TorchWriter.Write(Path.Combine(folder, "buckets.pt"), Value(TensorType.F32, codec.Cutoffs, codec.Cutoffs.Length), Value(TensorType.F32, codec.Weights, codec.Weights.Length));
        TorchWriter.Write(Path.Combine(folder, "avg_residual.pt"), Value(TensorType.F32, new[] { totals.MeanAbsolute.Average() }));
        InvertedLists(totals);
        JsonObject config = Config();
        ForeignJson.Write(folder, "metadata.json", new JsonObject
        {
            ["config"] = config,
            ["num_chunks"] = totals.Chunks,
            ["num_partitions"] = codec.Count,
            ["num_embeddings"] = totals.Tokens,
            ["avg_doclen"] = totals.MeanLength,
        });
        ForeignJson.Write(folder, "plan.json", new JsonObject
        {
            ["config"] = config.DeepClone(),
            ["num_chunks"] = totals.Chunks,
            ["num_partitions"] = codec.Count,
            ["num_embeddings_est"] = (double)totals.Tokens,
            ["avg_doclen_est"] = totals.MeanLength,
        });
    }

    public void Dispose() { }

    /// <summary>colbert-ai pads the passages so that a read of the longest length never passes the end.</summary>
    private void InvertedLists(ExportTotals totals)
    {
        (List<int> passages, int[] counts) = totals.InvertedLists();
        if (counts.Max() > counts[^1])
        {
            passages.AddRange(new int[counts.Max()]);
        }

        long[] lengths = Array.ConvertAll(counts, count => (long)count);
        TorchWriter.Write(Path.Combine(folder, "ivf.pid.pt"), Value(TensorType.I32, CollectionsMarshal.AsSpan(passages).ToArray(), passages.Count), Value(TensorType.I64, lengths, lengths.Length));
    }

    // The settings that colbert-ai needs to search; it ignores what it does not know and takes its defaults for the rest. No absolute path.
    private JsonObject Config() => new()
    {
        ["query_token_id"] = "[unused0]",
        ["doc_token_id"] = "[unused1]",
        ["query_token"] = "[Q]",
        ["doc_token"] = "[D]",
        ["nbits"] = codec.Bits,
        ["dim"] = codec.Dimension,
        ["similarity"] = "cosine",
        ["index_name"] = name,
    };

    private static TorchValue Value<T>(TensorType type, T[] values, params long[] shape) where T : unmanaged => new(type, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
}
