using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Jmlr.Index.Kernels;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Codec;

/// <summary>
/// A token vector as the nearest centroid plus a few bits for each dimension of the difference (ColBERTv2 section 3.3). Decompressed, a vector
/// is the centroid plus the bucket weights, brought to unit length. Immutable and thread-safe.
/// </summary>
sealed class ResidualCodec : IDisposable
{
    private readonly float[] _lookup = new float[Vector512<float>.Count]; // weights, as many as fit
    private readonly byte[] _identity = new byte[256]; // the code of a code: what CodeExpansion needs to unpack
    private readonly IDisposable? _file;
    private readonly Lazy<ushort[]> _bits;
    private readonly Lazy<CentroidSet> _centroids;

    /// <summary>A codec with centroids fp16 [count, dim], which are copied.</summary>
    internal ResidualCodec(int dimension, int bits, ReadOnlySpan<ushort> centroids, ReadOnlySpan<float> cutoffs, ReadOnlySpan<float> weights, CodecBaseline baseline)
        : this(dimension, bits, centroids.Length / dimension, centroids.ToArray(), null, null, cutoffs, weights, baseline)
    {
    }

    /// <summary>A codec whose centroids stay in <paramref name="file"/> until they are first needed: opening an index must not cost their copy. It closes the file.</summary>
    internal ResidualCodec(int dimension, int bits, int count, Func<ushort[]> centroids, IDisposable file, ReadOnlySpan<float> cutoffs, ReadOnlySpan<float> weights, CodecBaseline baseline)
        : this(dimension, bits, count, null, centroids, file, cutoffs, weights, baseline)
    {
    }

    private ResidualCodec(
        int dimension, int bits, int count, ushort[]? centroids, Func<ushort[]>? read, IDisposable? file, ReadOnlySpan<float> cutoffs, ReadOnlySpan<float> weights, CodecBaseline baseline)
    {
        Dimension = dimension;
        Bits = bits;
        Count = count;
        _file = file;
        _bits = centroids is null ? new Lazy<ushort[]>(read!) : new Lazy<ushort[]>(centroids);
        _centroids = new Lazy<CentroidSet>(() => new CentroidSet(Widened(CentroidBits), dimension));
        Cutoffs = cutoffs.ToArray();
        Weights = weights.ToArray();
        Weights.AsSpan(0, Math.Min(Weights.Length, _lookup.Length)).CopyTo(_lookup);
        for (int i = 0; i < _identity.Length; i++)
        {
            _identity[i] = (byte)(i & ((1 << bits) - 1));
        }

        Grid = new WeightGrid(weights);
        Baseline = baseline;
    }

    internal int Dimension { get; }

    internal int Bits { get; }

    /// <summary>Number of centroids.</summary>
    internal int Count { get; }

    /// <summary>The master copy, fp16 [count, dim].</summary>
    internal ushort[] CentroidBits => _bits.Value;

    /// <summary>The same widened, on first use.</summary>
    internal CentroidSet CentroidSet => _centroids.Value;

    /// <summary>The same widened [count, dim].</summary>
    internal float[] Centroids => CentroidSet.Values;

    internal float[] Cutoffs { get; }

    internal float[] Weights { get; }

    internal WeightGrid Grid { get; }

    internal CodecBaseline Baseline { get; }

    internal int RowBytes => PlanePacking.RowBytes(Dimension, Bits);

    internal ReadOnlySpan<float> Centroid(int code) => CentroidSet[code];

    public void Dispose() => _file?.Dispose();

    private static float[] Widened(ReadOnlySpan<ushort> centroids)
    {
        float[] values = new float[centroids.Length];
        HalfFloats.Widen(centroids, values);
        return values;
    }

    /// <summary>Codes of vector minus centroid: the number of cutoffs strictly below the value (<c>torch.bucketize</c>).</summary>
    internal void Quantise(ReadOnlySpan<float> vector, int code, Span<byte> codes)
    {
        ReadOnlySpan<float> centroid = Centroid(code), cutoffs = Cutoffs;
        for (int d = 0; d < vector.Length; d++)
        {
            float value = vector[d] - centroid[d];
            int low = 0;
            for (int half = (cutoffs.Length + 1) >> 1; half > 0; half >>= 1)
            {
                // The number of cutoffs is 2^bits - 1, so the halving search needs no bounds of its own.
                low += cutoffs[low + half - 1] < value ? half : 0;
            }

            codes[d] = (byte)low;
        }
    }

    /// <summary>Centroid plus weights, not yet of unit length; returns the length.</summary>
    internal double Reconstruct(int code, ReadOnlySpan<byte> codes, Span<float> destination)
    {
        ReadOnlySpan<float> centroid = Centroid(code), weights = Weights;
        int done = LookUp(codes, destination);
        for (int d = done; d < destination.Length; d++)
        {
            destination[d] = weights[codes[d]];
        }

        // Eight sums side by side, added in a fixed order: the same on every processor.
        Vector512<double> squares = Vector512<double>.Zero;
        int at = 0;
        for (; at + 8 <= destination.Length; at += 8)
        {
            Vector256<float> values = Vector256.Create(centroid[at..]) + Vector256.Create<float>(destination[at..]);
            values.CopyTo(destination[at..]);
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(values);
            Vector512<double> wide = Vector512.Create(low, high);
            squares += wide * wide;
        }

        Vector256<double> four = squares.GetLower() + squares.GetUpper();
        double square = four[0] + four[2] + (four[1] + four[3]);
        for (; at < destination.Length; at++)
        {
            destination[at] += centroid[at];
            square += (double)destination[at] * destination[at];
        }

        return Math.Sqrt(square);
    }

    /// <summary>Weights of codes, sixteen at a time where the processor can; returns how many.</summary>
    private int LookUp(ReadOnlySpan<byte> codes, Span<float> destination)
    {
        int at = 0;
        if (Avx512F.IsSupported && Weights.Length <= Vector512<float>.Count)
        {
            Vector512<float> table = Vector512.Create<float>(_lookup);
            for (; at + Vector512<float>.Count <= destination.Length; at += Vector512<float>.Count)
            {
                Avx512F.PermuteVar16x32(table, Avx512F.ConvertToVector512Int32(Vector128.Create(codes[at..]))).CopyTo(destination[at..]);
            }
        }

        return at;
    }

    /// <summary>What a scan needs to know of a coded token; the length of its residual before coding is given.</summary>
    internal TokenMeasure Measure(int code, ReadOnlySpan<byte> codes, Span<float> scratch, float residual)
    {
        double length = Reconstruct(code, codes, scratch), coded = 0, error = 0;
        ReadOnlySpan<float> weights = Weights, errors = Grid.Errors;
        foreach (byte value in codes)
        {
            coded += (double)weights[value] * weights[value];
            error += (double)errors[value] * errors[value];
        }

        return new TokenMeasure((float)(1 / Math.Max(length, Smallest)), residual, (float)Math.Sqrt(coded), (float)Math.Sqrt(error));
    }

    /// <summary>The decompressed unit vector of a plane-packed row; <paramref name="scratch"/> has dim bytes.</summary>
    internal unsafe void Decompress(int code, ReadOnlySpan<byte> row, Span<byte> scratch, Span<float> destination)
    {
        fixed (byte* packed = row, table = _identity, codes = scratch)
        {
            CodeExpansion.Active(packed, table, Bits, 1, Dimension, codes);
        }

        double length = Reconstruct(code, scratch, destination);
        TensorPrimitives.Multiply(destination, (float)(1 / Math.Max(length, Smallest)), destination);
    }

    /// <summary>Floor of a length, as <c>torch.nn.functional.normalize</c> has it.</summary>
    internal const double Smallest = 1e-12;
}

/// <summary>How well the codec fits material like its sample: new material that fits worse is drift. Zeros where it is not known (an index taken over from elsewhere).</summary>
/// <param name="ResidualNorm">Mean length of the difference to the centroid, over vectors held out of the training.</param>
/// <param name="OutlierNorm">Its 99th percentile.</param>
/// <param name="SampleTokens">Vectors the centroids were trained on.</param>
/// <param name="CollectionTokens">Vectors of the collection that the number of centroids was chosen for.</param>
readonly record struct CodecBaseline(float ResidualNorm, float OutlierNorm, long SampleTokens, long CollectionTokens);
