using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jmlr.Index.Codec;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;
using Jmlr.Models.Weights;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Index.Interop;

/// <summary>
/// Writes the live passages of an index as colbert-ai 0.2 has them, code for code. Passages are numbered in the ordinal order of their ids;
/// <c>pid_docid_map.json</c> has the ids by number.
/// </summary>
public static class ColbertExport
{
    /// <summary>Passages of one chunk, as colbert-ai makes them.</summary>
    internal const int ChunkPassages = 25_000;

    /// <summary>Writes the index of <paramref name="folder"/> to <paramref name="target"/>, which must not exist; returns the number of passages.</summary>
    public static int Run(string folder, string target, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(folder, threads: 1);
        if (snapshot.Codecs.Count != 1)
        {
            Throw.NotOneCodec(folder, snapshot.Codecs.Count);
        }

        if (Path.Exists(target))
        {
            Throw.TargetExists(target);
        }

        string parent = Path.GetDirectoryName(Path.GetFullPath(target))!, temporary = Path.Combine(parent, $".{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(temporary);
            int passages = Write(snapshot, temporary, Path.GetFileName(target), progress, cancellation);
            Directory.Move(temporary, target);
            DurableFile.SyncDirectory(parent);
            return passages;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JmlrOperationException($"cannot write '{target}': {error.Message}", error);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static int Write(IndexSnapshot snapshot, string folder, string name, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ResidualCodec codec = snapshot.Codecs[0];
        (string Id, Segment Segment, int Passage)[] live =
        [
            .. snapshot.Segments.SelectMany(segment => Enumerable.Range(0, segment.Entry.Passages).Where(passage => !segment.IsDead(passage)).Select(passage => (segment.Id(passage), segment, passage)))
                .OrderBy(passage => passage.Item1, StringComparer.Ordinal),
        ];
        var lists = new List<int>[codec.Count];
        long tokens = 0;
        double residuals = 0;
        int chunks = 0;
        for (int first = 0; first < live.Length; first += ChunkPassages, chunks++)
        {
            (string, Segment Segment, int Passage)[] part = live[first..Math.Min(live.Length, first + ChunkPassages)];
            ColbertChunk chunk = Chunk(codec, part, first, lists, ref residuals, cancellation);
            TorchWriter.Write(Path.Combine(folder, $"{chunks}.codes.pt"), Value(TensorType.I32, chunk.Codes, chunk.Codes.Length));
            TorchWriter.Write(Path.Combine(folder, $"{chunks}.residuals.pt"), Value(TensorType.U8, chunk.Residuals, chunk.Codes.Length, codec.RowBytes));
            Json(folder, $"doclens.{chunks}.json", new JsonArray([.. chunk.Lengths.Select(length => (JsonNode)length)]));
            Json(folder, $"{chunks}.metadata.json", new JsonObject { ["passage_offset"] = first, ["num_passages"] = part.Length, ["num_embeddings"] = chunk.Codes.Length, ["embedding_offset"] = tokens });
            tokens += chunk.Codes.Length;
            progress?.Report(new ProgressReport("export", first + part.Length, live.Length, "passages", tokens, "tokens"));
        }

        TorchWriter.Write(Path.Combine(folder, "centroids.pt"), Value(TensorType.F16, codec.CentroidBits, codec.Count, codec.Dimension));
        TorchWriter.Write(Path.Combine(folder, "buckets.pt"), Value(TensorType.F32, codec.Cutoffs, codec.Cutoffs.Length), Value(TensorType.F32, codec.Weights, codec.Weights.Length));
        TorchWriter.Write(Path.Combine(folder, "avg_residual.pt"), Value(TensorType.F32, new[] { (float)(residuals / Math.Max(1, tokens * codec.Dimension)) }));
        InvertedLists(folder, lists);
        JsonObject config = Config(codec, name);
        Json(folder, "metadata.json", new JsonObject
        {
            ["config"] = config,
            ["num_chunks"] = chunks,
            ["num_partitions"] = codec.Count,
            ["num_embeddings"] = tokens,
            ["avg_doclen"] = live.Length == 0 ? 0 : (double)tokens / live.Length,
        });
        Json(folder, "plan.json", new JsonObject
        {
            ["config"] = config.DeepClone(),
            ["num_chunks"] = chunks,
            ["num_partitions"] = codec.Count,
            ["num_embeddings_est"] = (double)tokens,
            ["avg_doclen_est"] = live.Length == 0 ? 0 : (double)tokens / live.Length,
        });
        Json(folder, "pid_docid_map.json", new JsonObject(live.Select((passage, pid) => KeyValuePair.Create(pid.ToString(System.Globalization.CultureInfo.InvariantCulture), (JsonNode?)passage.Id))));
        return live.Length;
    }

    private static ColbertChunk Chunk(ResidualCodec codec, (string Id, Segment Segment, int Passage)[] part, int firstPid, List<int>[] lists, ref double residuals, CancellationToken cancellation)
    {
        int[] lengths = [.. part.Select(passage => (int)(passage.Segment.Starts[passage.Passage + 1] - passage.Segment.Starts[passage.Passage]))];
        int[] codes = new int[lengths.Sum()];
        byte[] rows = new byte[(long)codes.Length * codec.RowBytes];
        Span<byte> indexes = stackalloc byte[codec.Dimension];
        for (int p = 0, at = 0; p < part.Length; at += lengths[p++])
        {
            cancellation.ThrowIfCancellationRequested();
            Segment segment = part[p].Segment;
            long first = segment.Starts[part[p].Passage];
            ReadOnlySpan<byte> planes = segment.Rows(first, lengths[p]);
            ReadOnlySpan<ushort> centroids = segment.Codes(first, lengths[p]);
            for (int t = 0; t < centroids.Length; t++)
            {
                if (centroids[t] >= codec.Count)
                {
                    Throw.Corrupt(segment.Path, BlockFormat.Name(SectionId.Codes), (first + t) * sizeof(ushort), $"centroid {centroids[t]} of {codec.Count}");
                }

                codes[at + t] = centroids[t];
                List<int> list = lists[centroids[t]] ??= [];
                if (list.Count == 0 || list[^1] != firstPid + p)
                {
                    list.Add(firstPid + p);
                }

                PlanePacking.Unpack(planes.Slice(t * codec.RowBytes, codec.RowBytes), codec.Bits, indexes);
                ColbertPacking.Pack(indexes, codec.Bits, rows.AsSpan((at + t) * codec.RowBytes, codec.RowBytes));
                foreach (byte index in indexes)
                {
                    residuals += Math.Abs(codec.Weights[index]);
                }
            }
        }

        return new ColbertChunk(lengths, codes, rows);
    }

    /// <summary>Passages of each centroid, in order; colbert-ai pads the tensor so that a read of the longest length never passes its end.</summary>
    private static void InvertedLists(string folder, List<int>[] lists)
    {
        long[] lengths = [.. lists.Select(list => (long)(list?.Count ?? 0))];
        var pids = new List<int>();
        foreach (List<int>? list in lists)
        {
            pids.AddRange(list ?? []);
        }

        if (lengths.Max() > lengths[^1])
        {
            pids.AddRange(new int[lengths.Max()]);
        }

        TorchWriter.Write(Path.Combine(folder, "ivf.pid.pt"), Value(TensorType.I32, CollectionsMarshal.AsSpan(pids).ToArray(), pids.Count), Value(TensorType.I64, lengths, lengths.Length));
    }

    // The settings that colbert-ai needs to search; it ignores what it does not know and takes its defaults for the rest. No absolute path.
    private static JsonObject Config(ResidualCodec codec, string name) => new()
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

    private static void Json(string folder, string name, JsonNode value) =>
        DurableFile.Write(Path.Combine(folder, name), JsonSerializer.SerializeToUtf8Bytes(value));
}
