namespace Jmlr.Index.Codec;

/// <summary>Compresses a batch of vectors with several workers; the result does not depend on their number. Buffers are reused.</summary>
sealed class Compressor(ResidualCodec codec, int threads) : IDisposable
{
    private readonly NearestCentroids[] _nearest = [.. Enumerable.Range(0, threads).Select(_ => new NearestCentroids())];
    private int[] _codes = [];
    private byte[] _rows = [];
    private TokenMeasure[] _measures = [];

    /// <summary>Centroid of each token of the last batch.</summary>
    internal ReadOnlySpan<int> Codes => _codes;

    /// <summary>Plane-packed rows of the last batch [tokens, row bytes].</summary>
    internal ReadOnlySpan<byte> Rows => _rows;

    /// <summary>What was measured of each token of the last batch.</summary>
    internal ReadOnlySpan<TokenMeasure> Measures => _measures;

    /// <summary>Compresses vectors [n, dim].</summary>
    internal void Compress(ReadOnlyMemory<float> vectors, CancellationToken cancellation)
    {
        int n = vectors.Length / codec.Dimension;
        if (_codes.Length < n)
        {
            _codes = new int[n];
            _rows = new byte[n * codec.RowBytes];
            _measures = new TokenMeasure[n];
        }

        int unit = NearestCentroids.Slice(codec.Count), slices = (n + unit - 1) / unit, next = -1;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, threads, options, worker =>
        {
            Span<byte> indexes = stackalloc byte[codec.Dimension];
            float[] scratch = new float[codec.Dimension];
            for (int slice; (slice = Interlocked.Increment(ref next)) < slices && !cancellation.IsCancellationRequested;)
            {
                int from = slice * unit, part = Math.Min(unit, n - from);
                ReadOnlySpan<float> values = vectors.Span.Slice(from * codec.Dimension, part * codec.Dimension);
                _nearest[worker].Find(values, codec.CentroidSet, _codes.AsSpan(from, part));
                for (int i = 0; i < part; i++)
                {
                    Span<byte> row = _rows.AsSpan((from + i) * codec.RowBytes, codec.RowBytes);
                    _measures[from + i] = One(values.Slice(i * codec.Dimension, codec.Dimension), _codes[from + i], indexes, scratch, row);
                }
            }
        });
        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        foreach (NearestCentroids nearest in _nearest)
        {
            nearest.Dispose();
        }
    }

    private TokenMeasure One(ReadOnlySpan<float> vector, int code, Span<byte> indexes, Span<float> scratch, Span<byte> row)
    {
        codec.Quantise(vector, code, indexes);
        PlanePacking.Pack(indexes, codec.Bits, row);
        double residual = 0;
        ReadOnlySpan<float> centroid = codec.Centroid(code);
        for (int d = 0; d < vector.Length; d++)
        {
            double difference = vector[d] - centroid[d];
            residual += difference * difference;
        }

        return codec.Measure(code, indexes, scratch, (float)Math.Sqrt(residual));
    }
}

/// <summary>What is measured of a token when it is compressed.</summary>
/// <param name="InverseLength">1 / length of centroid plus weights.</param>
/// <param name="Residual">Length of vector minus centroid.</param>
/// <param name="Coded">Length of the coded residual.</param>
/// <param name="GridError">Length of what the 7-bit grid leaves out of it.</param>
readonly record struct TokenMeasure(float InverseLength, float Residual, float Coded, float GridError);
