using Jmlr.Index.Codec;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Storage;

/// <summary>Merges the segments of one codec, in the order of the ids, without the dead.</summary>
sealed class Compaction : IDisposable
{
    private readonly IndexDisk _disk;
    private readonly string _codecId;
    private readonly ResidualCodec _codec;
    private readonly List<Segment> _segments = [];
    private TokenMeasure[] _measures = [];
    private int[] _codes = [];

    internal Compaction(IndexDisk disk, Manifest manifest, CodecEntry codec)
    {
        _disk = disk;
        _codecId = codec.Id;
        _codec = CodecFile.Read(disk.Folder, codec, manifest.Identity.Dimension, manifest.Bits);
        try
        {
            foreach (SegmentEntry entry in manifest.Segments.Where(entry => entry.Codec == codec.Id))
            {
                _segments.Add(new Segment(disk.Folder, entry, 0, manifest.Identity.Dimension, manifest.Bits));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal List<SegmentEntry> Run(IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        (string Id, int Segment, int Passage)[] live =
        [
            .. _segments.SelectMany((segment, s) => Enumerable.Range(0, segment.Entry.Passages)
                .Where(passage => !segment.IsDead(passage)).Select(passage => (segment.Id(passage), s, passage))),
        ];
        Array.Sort(live, static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        var written = new List<SegmentEntry>();
        SegmentWriter? writer = null;
        try
        {
            for (int i = 0; i < live.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                Segment segment = _segments[live[i].Segment];
                int passage = live[i].Passage;
                ReadOnlySpan<uint> starts = segment.Starts;
                int tokens = (int)(starts[passage + 1] - starts[passage]);
                if (writer is not null && writer.Tokens + tokens > IndexSettings.MostSegmentTokens)
                {
                    written.Add(writer.Finish());
                    writer.Dispose();
                    writer = null;
                }

                writer ??= new SegmentWriter(_disk, _codec, _codecId);
                Copy(writer, segment, passage, starts[passage], tokens);
                if ((i & 1023) == 1023 || i == live.Length - 1)
                {
                    progress?.Report(new ProgressReport("compact", i + 1, live.Length, "passages", writer.Tokens, "tokens"));
                }
            }

            if (writer is not null)
            {
                writer.CarryOutliers(_segments.Sum(segment => segment.Parameters.Outliers));
                written.Add(writer.Finish());
            }
        }
        finally
        {
            writer?.Dispose();
        }

        return written;
    }

    public void Dispose()
    {
        _segments.ForEach(segment => segment.Dispose());
        _codec.Dispose();
    }

    private void Copy(SegmentWriter writer, Segment segment, int passage, long first, int tokens)
    {
        if (_codes.Length < tokens)
        {
            _codes = new int[tokens];
            _measures = new TokenMeasure[tokens];
        }

        // The residuals before coding are no longer known: every token stands for the mean of its segment.
        float residual = (float)(segment.Parameters.ResidualSum / segment.Parameters.Tokens);
        Span<byte> indexes = stackalloc byte[_codec.Dimension];
        Span<float> scratch = stackalloc float[_codec.Dimension];
        ReadOnlySpan<byte> rows = segment.Rows(first, tokens);
        ReadOnlySpan<ushort> codes = segment.Codes(first, tokens);
        for (int t = 0; t < tokens; t++)
        {
            if (codes[t] >= _codec.Count)
            {
                Throw.Corrupt(segment.Path, BlockFormat.Name(SectionId.Codes), (first + t) * sizeof(ushort), $"centroid {codes[t]} of {_codec.Count}");
            }

            PlanePacking.Unpack(rows.Slice(t * _codec.RowBytes, _codec.RowBytes), _codec.Bits, indexes);
            _codes[t] = codes[t];
            _measures[t] = _codec.Measure(codes[t], indexes, scratch, residual);
        }

        writer.Add(segment.Id(passage), segment.TextHash(passage), _codes.AsSpan(0, tokens), rows, _measures.AsSpan(0, tokens));
    }
}
