using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Search;

/// <summary>
/// A query in the layouts of the kernels, in blocks of 32 rows, with the tables of centroid scores of every codec and the bounds that make the
/// integer pass safe. Buffers are reused.
/// </summary>
sealed unsafe class PreparedQuery : IDisposable
{
    private readonly AlignedBuffer<float> _transposed = new();
    private readonly AlignedBuffer<sbyte> _tiles = new();
    private readonly AlignedBuffer<float> _rowScale = new();
    private readonly List<AlignedBuffer<float>> _tables = [];
    private readonly List<AlignedBuffer<float>> _scales = []; // [32] scales, then [32] offsets, for each block
    private readonly List<int> _centroids = [];
    private float[] _norms = [];
    private float[] _quantisedNorms = [];
    private float[] _errors = [];
    private float[] _sums = [];

    internal int Rows { get; private set; }

    internal int Blocks { get; private set; }

    internal int Dimension { get; private set; }

    /// <summary>The longest row, 1 at least: no cosine of a centroid is larger.</summary>
    internal float Longest { get; private set; }

    /// <summary>Rows of a block that are no padding; a kernel may leave out the others.</summary>
    internal int RowsOf(int block) => Math.Min(IntegerDots.Rows, Rows - (block * IntegerDots.Rows));

    /// <summary>Takes the query apart; the tables are filled afterwards by <see cref="FillTable"/>.</summary>
    internal void Set(TokenMatrix query, IReadOnlyList<ResidualCodec> codecs)
    {
        Rows = query.Rows;
        Dimension = query.Columns;
        Blocks = (Rows + IntegerDots.Rows - 1) / IntegerDots.Rows;
        int blockLength = Dimension * IntegerDots.Rows, padded = Blocks * IntegerDots.Rows;
        float* transposed = _transposed.Ensure((long)Blocks * blockLength), rowScale = _rowScale.Ensure(padded);
        sbyte* tiles = _tiles.Ensure((long)Blocks * blockLength);
        if (_norms.Length < padded)
        {
            _norms = new float[padded];
            _quantisedNorms = new float[padded];
            _errors = new float[padded];
            _sums = new float[padded];
        }

        for (int block = 0; block < Blocks; block++)
        {
            int first = block * IntegerDots.Rows, rows = RowsOf(block);
            ReadOnlySpan<float> values = query.Values.Slice(first * Dimension, rows * Dimension);
            QueryLayout.Transpose(values, Dimension, new Span<float>(transposed + (block * blockLength), blockLength));
            QueryLayout.Quantise(values, Dimension, new Span<sbyte>(tiles + (block * blockLength), blockLength), new Span<float>(rowScale + first, IntegerDots.Rows));
            Measure(values, tiles + (block * blockLength), rowScale, first, rows);
        }

        Longest = MathF.Max(1, TensorPrimitives.Max(_norms.AsSpan(0, Rows)));
        SetScales(codecs, rowScale, padded);
    }

    internal float* Transposed(int block) => _transposed.Pointer + (block * Dimension * IntegerDots.Rows);

    internal sbyte* Tiles(int block) => _tiles.Pointer + (block * Dimension * IntegerDots.Rows);

    internal float* Table(int codec, int block) => _tables[codec].Pointer + ((long)block * _centroids[codec] * IntegerDots.Rows);

    internal float* Scales(int codec, int block) => _scales[codec].Pointer + (block * 2 * IntegerDots.Rows);

    /// <summary>Scores centroids [first, first + count) of a codec, with the offset that the 7-bit grid needs already added.</summary>
    internal void FillTable(int index, ResidualCodec codec, int first, int count)
    {
        fixed (float* centroids = codec.Centroids)
        {
            for (int block = 0; block < Blocks; block++)
            {
                float* to = Table(index, block) + ((long)first * IntegerDots.Rows), offsets = Scales(index, block) + IntegerDots.Rows;
                FloatDots.Active(centroids + ((long)first * Dimension), Transposed(block), count, RowsOf(block), Dimension, to);
                for (int half = 0; half < RowsOf(block); half += IntegerDots.HalfRows)
                {
                    Vector512<float> offset = Vector512.Load(offsets + half);
                    float* score = to + half;
                    for (int c = 0; c < count; c++, score += IntegerDots.Rows)
                    {
                        (Vector512.Load(score) + offset).Store(score);
                    }
                }
            }
        }
    }

    /// <summary>
    /// Cosines of centroids [first, first + count) with the rows of a block into <paramref name="scores"/> [count, 32], in integers: several times as fast as fp32 and a little off, by what the
    /// grid of the centroids and that of the query leave out. <paramref name="sums"/> [count, 32] is to work in.
    /// </summary>
    internal void ScoreCentroids(int block, ResidualCodec codec, int first, int count, int* sums, float* scores)
    {
        CentroidGrid grid = codec.CentroidSet.Grid;
        float inverse = grid.Scale > 0 ? 1 / grid.Scale : 0;
        fixed (byte* centroids = grid.Bytes)
        fixed (float* rowSums = _sums)
        {
            IntegerDots.Active(centroids + ((long)first * Dimension), Tiles(block), count, RowsOf(block), Dimension, sums);
            float* scale = _rowScale.Pointer + (block * IntegerDots.Rows), sum = rowSums + (block * IntegerDots.Rows);
            for (int half = 0; half < RowsOf(block); half += IntegerDots.HalfRows)
            {
                // The grid's bytes are 64 too large.
                Vector512<float> factor = Vector512.Load(scale + half) * inverse, low = Vector512.Load(sum + half) * factor * (IntegerDots.RowLimit + 1);
                int* from = sums + half;
                float* score = scores + half;
                for (int c = 0; c < count; c++, score += IntegerDots.Rows, from += IntegerDots.Rows)
                {
                    ((Vector512.ConvertToSingle(Vector512.Load(from)) * factor) - low).Store(score);
                }
            }
        }
    }

    /// <summary>
    /// How far the integer score of a passage can be from the exact one: for each row, the part of the query that quantisation dropped against
    /// the longest coded residual, what the grid left out of the weights, how far a centroid's score in its table is off, the step of the norm byte, and rounding (Cauchy-Schwarz throughout).
    /// </summary>
    internal float Bound(float mostCoded, float mostGridError, float tableError, float mostInverse, float normStep, float leastInverse)
    {
        double bound = 0;
        for (int row = 0; row < Rows; row++)
        {
            double residual = mostInverse * ((_errors[row] * mostCoded) + (_quantisedNorms[row] * mostGridError) + tableError);
            double norm = 0.5 * normStep / Math.Max(leastInverse, 1e-6f) * _norms[row];
            bound += residual + norm + (1e-5 * (1 + _norms[row]));
        }

        return (float)(bound * 1.0001);
    }

    public void Dispose()
    {
        _transposed.Dispose();
        _tiles.Dispose();
        _rowScale.Dispose();
        _tables.ForEach(table => table.Dispose());
        _scales.ForEach(scale => scale.Dispose());
    }

    private void Measure(ReadOnlySpan<float> values, sbyte* tiles, float* rowScale, int first, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            double norm = 0, quantised = 0, error = 0;
            int sum = 0;
            for (int d = 0; d < Dimension; d++)
            {
                float value = values[(row * Dimension) + d];
                int small = tiles[((((d >> 2) * IntegerDots.Rows) + row) * 4) + (d & 3)];
                double back = (double)small * rowScale[first + row];
                norm += (double)value * value;
                quantised += back * back;
                error += (value - back) * (value - back);
                sum += small;
            }

            if (!double.IsFinite(norm))
            {
                Throw.QueryNotFinite(first + row);
            }

            _norms[first + row] = (float)Math.Sqrt(norm);
            _quantisedNorms[first + row] = (float)Math.Sqrt(quantised);
            _errors[first + row] = (float)Math.Sqrt(error);
            _sums[first + row] = sum;
        }

        _sums.AsSpan(first + rows, IntegerDots.Rows - rows).Clear();
    }

    private void SetScales(IReadOnlyList<ResidualCodec> codecs, float* rowScale, int padded)
    {
        _centroids.Clear();
        for (int i = 0; i < codecs.Count; i++)
        {
            if (_tables.Count == i)
            {
                _tables.Add(new AlignedBuffer<float>());
                _scales.Add(new AlignedBuffer<float>());
            }

            _centroids.Add(codecs[i].Count);
            _tables[i].Ensure((long)padded * codecs[i].Count);
            float* scales = _scales[i].Ensure(2L * padded);
            for (int row = 0; row < padded; row++)
            {
                float* at = scales + ((row / IntegerDots.Rows) * 2 * IntegerDots.Rows) + (row % IntegerDots.Rows);
                at[0] = rowScale[row] * codecs[i].Grid.Step;
                at[IntegerDots.Rows] = rowScale[row] * codecs[i].Grid.Low * _sums[row];
            }
        }
    }
}
