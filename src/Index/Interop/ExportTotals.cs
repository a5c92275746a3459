using Jmlr.Index.Codec;

namespace Jmlr.Index.Interop;

/// <summary>
/// What an export gathers over all chunks: counts, the passages of each centroid, and how long the coded residuals are (what they were before they were coded
/// is not known of every index).
/// </summary>
sealed class ExportTotals(ResidualCodec codec)
{
    private const int MostNorms = 50_000; // the vectors that fast-plaid holds out for its threshold

    private readonly List<int>?[] _lists = new List<int>?[codec.Count];
    private readonly double[] _absolute = new double[codec.Dimension];
    private readonly List<float> _norms = [];

    internal int Chunks { get; private set; }

    internal int Passages { get; private set; }

    internal long Tokens { get; private set; }

    internal double MeanLength => Passages == 0 ? 0 : (double)Tokens / Passages;

    /// <summary>Mean absolute residual of each dimension.</summary>
    internal float[] MeanAbsolute => Array.ConvertAll(_absolute, sum => (float)(sum / Math.Max(1, Tokens)));

    /// <summary>Three quarters of the residuals are at most as long; over the first tokens.</summary>
    internal float ThirdQuartile()
    {
        _norms.Sort();
        return _norms.Count == 0 ? 0 : _norms[(int)(_norms.Count * 0.75)];
    }

    internal int Longest { get; private set; }

    internal int LastLength { get; private set; }

    /// <summary>Adds a token of a passage; passages come in the order of their numbers.</summary>
    internal void Add(int centroid, int passage, ReadOnlySpan<byte> indexes)
    {
        List<int> list = _lists[centroid] ??= [];
        if (list.Count == 0 || list[^1] != passage)
        {
            list.Add(passage);
        }

        double square = 0;
        for (int d = 0; d < indexes.Length; d++)
        {
            float weight = codec.Weights[indexes[d]];
            _absolute[d] += Math.Abs(weight);
            square += (double)weight * weight;
        }

        if (_norms.Count < MostNorms)
        {
            _norms.Add((float)Math.Sqrt(square));
        }
    }

    internal void Count(ForeignChunk chunk)
    {
        Chunks++;
        Passages += chunk.Lengths.Length;
        Tokens += chunk.Codes.Length;
        Longest = Math.Max(Longest, chunk.Lengths.Max());
        LastLength = chunk.Lengths[^1];
    }

    /// <summary>Numbers of the passages of each centroid, ascending, one list after the other; and the lengths.</summary>
    internal (List<int> Passages, int[] Lengths) InvertedLists()
    {
        var passages = new List<int>();
        int[] lengths = new int[_lists.Length];
        for (int centroid = 0; centroid < _lists.Length; centroid++)
        {
            passages.AddRange(_lists[centroid] ?? []);
            lengths[centroid] = _lists[centroid]?.Count ?? 0;
        }

        return (passages, lengths);
    }
}
