using System.Text.Json.Nodes;
using Jmlr.Index.Codec;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Interop;

/// <summary>
/// Writes the live passages of an index as another engine has them, code for code. Passages are numbered in the ordinal order of their ids;
/// <c>pid_docid_map.json</c> has the ids by number.
/// </summary>
public static class IndexExport
{
    /// <summary>Passages of one chunk, as colbert-ai makes them.</summary>
    internal const int ChunkPassages = 25_000;

    /// <summary>Writes the index of <paramref name="folder"/> to <paramref name="target"/>, which must not exist; returns the number of passages.</summary>
    public static int Run(
        string folder, string target, IndexLayout layout = IndexLayout.ColbertAi, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
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
            int passages = Write(snapshot, temporary, Path.GetFileName(target), layout, progress, cancellation);
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

    private static int Write(IndexSnapshot snapshot, string folder, string name, IndexLayout layout, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ResidualCodec codec = snapshot.Codecs[0];
        (string Id, Segment Segment, int Passage)[] live =
        [
            .. snapshot.Segments.SelectMany(segment => Enumerable.Range(0, segment.Entry.Passages).Where(passage => !segment.IsDead(passage)).Select(passage => (segment.Id(passage), segment, passage)))
                .OrderBy(passage => passage.Item1, StringComparer.Ordinal),
        ];
        using IForeignWriter writer = layout == IndexLayout.ColbertAi ? new ColbertWriter(folder, name, codec) : new PlaidWriter(folder, codec, merged: layout == IndexLayout.FastPlaid);
        var totals = new ExportTotals(codec);
        for (int first = 0; first < live.Length; first += ChunkPassages)
        {
            (string, Segment Segment, int Passage)[] part = live[first..Math.Min(live.Length, first + ChunkPassages)];
            ForeignChunk chunk = Chunk(codec, part, totals, cancellation);
            writer.Write(chunk, totals);
            totals.Count(chunk);
            progress?.Report(new ProgressReport("export", totals.Passages, live.Length, "passages", totals.Tokens, "tokens"));
        }

        writer.Finish(totals);
        ForeignJson.Write(folder, "pid_docid_map.json", new JsonObject(live.Select((passage, pid) => KeyValuePair.Create(pid.ToString(System.Globalization.CultureInfo.InvariantCulture), (JsonNode?)passage.Id))));
        return live.Length;
    }

    private static ForeignChunk Chunk(ResidualCodec codec, (string Id, Segment Segment, int Passage)[] part, ExportTotals totals, CancellationToken cancellation)
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
                PlanePacking.Unpack(planes.Slice(t * codec.RowBytes, codec.RowBytes), codec.Bits, indexes);
                ColbertPacking.Pack(indexes, codec.Bits, rows.AsSpan((at + t) * codec.RowBytes, codec.RowBytes));
                totals.Add(centroids[t], totals.Passages + p, indexes);
            }
        }

        return new ForeignChunk(lengths, codes, rows);
    }
}
