using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Jmlr.Index.Codec;
using Jmlr.Index.Interop.Npy;
using Jmlr.Models.Files;

namespace Jmlr.Index.Interop;

/// <summary>
/// The files of fast-plaid 1.7 (merged: one array of codes and one of residuals, centroids in half precision) or of next-plaid 1.6 (arrays for each chunk,
/// centroids in single precision).
/// </summary>
sealed class PlaidWriter : IForeignWriter
{
    private const int MergedHeader = 192; // what fast-plaid keeps, so that it can write a new length over it

    private readonly string _folder;
    private readonly ResidualCodec _codec;
    private readonly FileStream? _codes;
    private readonly FileStream? _residuals;
    private readonly JsonObject _mergedCodes = [], _mergedResiduals = [];

    internal PlaidWriter(string folder, ResidualCodec codec, bool merged)
    {
        (_folder, _codec) = (folder, codec);
        if (merged)
        {
            // The number of rows is known at the end only: the header is written then, over as many zeros.
            _codes = new FileStream(Path.Combine(folder, "merged_codes.npy"), FileMode.CreateNew);
            _residuals = new FileStream(Path.Combine(folder, "merged_residuals.npy"), FileMode.CreateNew);
            _codes.Write(new byte[MergedHeader]);
            _residuals.Write(new byte[MergedHeader]);
        }
    }

    public void Write(ForeignChunk chunk, ExportTotals before)
    {
        long[] codes = Array.ConvertAll(chunk.Codes, code => (long)code);
        if (_codes is null)
        {
            Save<long>($"{before.Chunks}.codes.npy", "<i8", codes, codes.Length);
            Save<byte>($"{before.Chunks}.residuals.npy", "|u1", chunk.Residuals, codes.Length, _codec.RowBytes);
        }
        else
        {
            _codes.Write(MemoryMarshal.AsBytes(codes.AsSpan()));
            _residuals!.Write(chunk.Residuals);
            _mergedCodes[$"{before.Chunks}.codes.npy"] = new JsonObject { ["rows"] = codes.Length, ["merged"] = true, ["mtime"] = null };
            _mergedResiduals[$"{before.Chunks}.residuals.npy"] = new JsonObject { ["rows"] = codes.Length, ["merged"] = true, ["mtime"] = null };
        }

        ForeignJson.Write(_folder, ForeignFolder.LengthsName(before.Chunks), ForeignJson.Lengths(chunk));
        ForeignJson.Write(_folder, $"{before.Chunks}.metadata.json", new JsonObject
        {
            ["num_documents"] = chunk.Lengths.Length,
            ["num_embeddings"] = codes.Length,
            ["embedding_offset"] = before.Tokens,
        });
    }

    public void Finish(ExportTotals totals)
    {
        bool merged = _codes is not null;
        if (merged)
        {
            FinishMerged(totals);
            Save<ushort>("centroids.npy", "<f2", _codec.CentroidBits, _codec.Count, _codec.Dimension);
        }
        else
        {
            Save<float>("centroids.npy", "<f4", _codec.Centroids, _codec.Count, _codec.Dimension);
        }

        Save<float>("bucket_cutoffs.npy", "<f4", _codec.Cutoffs, _codec.Cutoffs.Length);
        Save<float>("bucket_weights.npy", "<f4", _codec.Weights, _codec.Weights.Length);
        Save<float>("avg_residual.npy", "<f4", totals.MeanAbsolute, _codec.Dimension);
        Save<float>("cluster_threshold.npy", "<f4", new[] { totals.ThirdQuartile() }, 1);
        (List<int> passages, int[] lengths) = totals.InvertedLists();
        Save<long>("ivf.npy", "<i8", passages.ConvertAll(passage => (long)passage).ToArray(), passages.Count);
        Save<int>("ivf_lengths.npy", "<i4", lengths, lengths.Length);
        ForeignJson.Write(_folder, "plan.json", new JsonObject { ["nbits"] = _codec.Bits, ["num_chunks"] = totals.Chunks });
        var metadata = new JsonObject
        {
            ["num_chunks"] = totals.Chunks,
            ["nbits"] = _codec.Bits,
            ["num_partitions"] = _codec.Count,
            ["num_embeddings"] = totals.Tokens,
            ["avg_doclen"] = totals.MeanLength,
            ["num_documents"] = totals.Passages,
        };
        if (merged)
        {
            (metadata["compress_only"], metadata["frozen"], metadata["mutable"]) = (false, true, true); // how fast-plaid marks an index stored once
        }
        else
        {
            (metadata["embedding_dim"], metadata["next_plaid_compatible"]) = (_codec.Dimension, true);
        }

        ForeignJson.Write(_folder, "metadata.json", metadata);
    }

    public void Dispose()
    {
        _codes?.Dispose();
        _residuals?.Dispose();
    }

    private void FinishMerged(ExportTotals totals)
    {
        // Rows of zeros, so that a read of the longest passage from the start of the last one does not pass the end.
        int spare = totals.Longest - totals.LastLength;
        End(_codes!, NpyHeader.Write("<i8", MergedHeader, totals.Tokens + spare), spare * sizeof(long));
        End(_residuals!, NpyHeader.Write("|u1", MergedHeader, totals.Tokens + spare, _codec.RowBytes), spare * _codec.RowBytes);
        ForeignJson.Write(_folder, "merged_codes.manifest.json", _mergedCodes);
        ForeignJson.Write(_folder, "merged_residuals.manifest.json", _mergedResiduals);
    }

    private static void End(FileStream file, byte[] header, int zeros)
    {
        file.Write(new byte[zeros]);
        file.Position = 0;
        file.Write(header);
        file.Flush(flushToDisk: true);
    }

    private void Save<T>(string name, string descr, ReadOnlyMemory<T> values, params long[] shape) where T : unmanaged =>
        DurableFile.Write(Path.Combine(_folder, name), stream =>
        {
            stream.Write(NpyHeader.Write(descr, 0, shape));
            stream.Write(MemoryMarshal.AsBytes(values.Span));
        });
}
