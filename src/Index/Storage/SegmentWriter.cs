using System.Runtime.InteropServices;
using Jmlr.Index.Codec;

namespace Jmlr.Index.Storage;

/// <summary>
/// Writes one segment. The residual rows go to the disk as they come; the small columns (centroids, norms, ids) are kept until the end.
/// Passages must come in the ordinal order of their ids.
/// </summary>
sealed class SegmentWriter : IDisposable
{
    private readonly ResidualCodec _codec;
    private readonly string _codecId;
    private readonly BlockFileWriter _file;
    private readonly List<ushort> _codes = [];
    private readonly List<float> _inverses = [];
    private readonly List<uint> _starts = [];
    private readonly List<uint> _idOffsets = [];
    private readonly List<byte> _ids = [];
    private readonly List<byte> _hashes = [];
    private double _residualSum;
    private long _outliers;
    private float _mostCoded;
    private float _mostGridError;

    internal SegmentWriter(IndexDisk disk, ResidualCodec codec, string codecId)
    {
        _codec = codec;
        _codecId = codecId;
        _file = new BlockFileWriter(disk, BlockFileKind.Segment);
        _file.Begin(SectionId.Residuals);
    }

    internal long Tokens => _codes.Count;

    /// <summary>Adds a passage with its compressed tokens; the spans have one entry (row) for each token.</summary>
    internal void Add(string id, ReadOnlySpan<byte> textHash, ReadOnlySpan<int> codes, ReadOnlySpan<byte> rows, ReadOnlySpan<TokenMeasure> measures)
    {
        _starts.Add((uint)_codes.Count);
        _idOffsets.Add((uint)_ids.Count);
        _ids.AddRange(System.Text.Encoding.UTF8.GetBytes(id));
        _hashes.AddRange(textHash);
        _file.Write(rows);
        for (int i = 0; i < codes.Length; i++)
        {
            _codes.Add((ushort)codes[i]);
            Measure(measures[i]);
        }
    }

    /// <summary>Counts outliers of passages that are taken over from another segment, where the vectors are no longer known.</summary>
    internal void CarryOutliers(long count) => _outliers += count;

    /// <summary>Ends the file and gives it its name.</summary>
    internal SegmentEntry Finish()
    {
        float low = _inverses.Min(), step = (_inverses.Max() - low) / byte.MaxValue;
        byte[] norms = new byte[_inverses.Count];
        for (int i = 0; i < norms.Length; i++)
        {
            norms[i] = step > 0 ? (byte)Math.Clamp(MathF.Round((_inverses[i] - low) / step), 0, byte.MaxValue) : (byte)0;
        }

        int passages = _starts.Count;
        _starts.Add((uint)_codes.Count);
        _idOffsets.Add((uint)_ids.Count);
        const float upwards = 1.000001f; // bounds are stored rounded up
        var parameters = new SegmentParameters(_codec.Dimension, _codec.Bits, passages, _codes.Count, low, step, _mostCoded * upwards, _mostGridError * upwards, _residualSum, _outliers);
        _file.Section<ushort>(SectionId.Codes, CollectionsMarshal.AsSpan(_codes));
        _file.Section<byte>(SectionId.Norms, norms);
        _file.Section<uint>(SectionId.PassageTokens, CollectionsMarshal.AsSpan(_starts));
        _file.Section<uint>(SectionId.IdOffsets, CollectionsMarshal.AsSpan(_idOffsets));
        _file.Section<byte>(SectionId.Ids, CollectionsMarshal.AsSpan(_ids));
        _file.Section<byte>(SectionId.TextHashes, CollectionsMarshal.AsSpan(_hashes));
        _file.Section<byte>(SectionId.Parameters, parameters.ToBytes());
        (long length, string hash) = _file.Finish();
        string id = IndexFolder.IdOf(hash);
        _file.Publish(IndexFolder.Segment(id), length, hash);
        return new SegmentEntry(id, length, hash, _codecId, passages, _codes.Count);
    }

    public void Dispose() => _file.Dispose();

    private void Measure(in TokenMeasure measure)
    {
        _inverses.Add(measure.InverseLength);
        _residualSum += measure.Residual;
        _outliers += _codec.Baseline.OutlierNorm > 0 && measure.Residual > _codec.Baseline.OutlierNorm ? 1 : 0;
        _mostCoded = MathF.Max(_mostCoded, measure.Coded);
        _mostGridError = MathF.Max(_mostGridError, measure.GridError);
    }
}
