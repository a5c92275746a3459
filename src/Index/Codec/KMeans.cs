using Jmlr.Models.Randomness;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Codec;

/// <summary>
/// Spherical k-means over fp16 vectors. The same bits from any number of threads: assignment scores are integers with ties to the lowest
/// id, and every centroid is summed by one worker in the order of the vectors.
/// </summary>
sealed class KMeans(int dimension, int count, int iterations, int threads)
{

    /// <summary>Centroids of unit length [count, dim] of <paramref name="vectors"/> fp16 [n, dim]; n must be at least the count.</summary>
    internal float[] Train(ReadOnlyMemory<ushort> vectors, ulong seed, Action<int>? afterIteration, CancellationToken cancellation)
    {
        int n = vectors.Length / dimension;
        ArgumentOutOfRangeException.ThrowIfLessThan(n, count);
        float[] centroids = Start(vectors.Span, n, seed);
        int[] codes = new int[n], former = new int[n];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            Assign(vectors, centroids, codes, cancellation);
            int[] sizes = Update(vectors, codes, centroids, cancellation);
            SplitForEmpty(centroids, sizes);
            afterIteration?.Invoke(iteration + 1);
            if (iteration > 0 && codes.AsSpan().SequenceEqual(former))
            {
                break;
            }

            (codes, former) = (former, codes);
        }

        return centroids;
    }

    private float[] Start(ReadOnlySpan<ushort> vectors, int n, ulong seed)
    {
        // A partial Fisher-Yates shuffle: count different vectors.
        int[] order = new int[n];
        for (int i = 0; i < n; i++)
        {
            order[i] = i;
        }

        var random = new SplitMix64(seed);
        float[] centroids = new float[count * dimension];
        for (int i = 0; i < count; i++)
        {
            int other = i + random.Below(n - i);
            (order[i], order[other]) = (order[other], order[i]);
            HalfFloats.Widen(vectors.Slice(order[i] * dimension, dimension), centroids.AsSpan(i * dimension, dimension));
        }

        return centroids;
    }

    private void Assign(ReadOnlyMemory<ushort> vectors, float[] centroids, int[] codes, CancellationToken cancellation)
    {
        CentroidGroups? groups = count >= CentroidGroups.Fewest ? new CentroidGroups(centroids, dimension, threads) : null;
        byte[] bytes = groups is null ? new byte[centroids.Length] : [];
        CentroidGrid.Fill(centroids.AsSpan(0, bytes.Length), bytes);
        int unit = NearestCentroids.Slice(count), units = (codes.Length + unit - 1) / unit;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, units, options, () => (Nearest: new NearestCentroids(), Wide: new float[unit * dimension]), (slice, _, worker) =>
        {
            int from = slice * unit, part = Math.Min(unit, codes.Length - from);
            Span<float> wide = worker.Wide.AsSpan(0, part * dimension);
            HalfFloats.Widen(vectors.Span.Slice(from * dimension, part * dimension), wide);
            if (groups is null)
            {
                worker.Nearest.FindOnGrid(wide, bytes, dimension, codes.AsSpan(from, part));
            }
            else
            {
                worker.Nearest.FindOnGrid(wide, groups, codes.AsSpan(from, part));
            }

            return worker;
        }, worker => worker.Nearest.Dispose());
    }

    private int[] Update(ReadOnlyMemory<ushort> vectors, int[] codes, float[] centroids, CancellationToken cancellation)
    {
        int[] starts = new int[count + 1], members = new int[codes.Length];
        foreach (int code in codes)
        {
            starts[code + 1]++;
        }

        int[] sizes = starts[1..];
        for (int c = 0; c < count; c++)
        {
            starts[c + 1] += starts[c];
        }

        int[] next = starts[..count];
        for (int i = 0; i < codes.Length; i++)
        {
            members[next[codes[i]]++] = i;
        }

        const int perUnit = 64;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, (count + perUnit - 1) / perUnit, options, unit =>
        {
            Span<double> sum = new double[dimension];
            Span<float> wide = new float[dimension];
            for (int c = unit * perUnit; c < Math.Min(count, (unit + 1) * perUnit); c++)
            {
                sum.Clear();
                foreach (int member in members.AsSpan(starts[c], sizes[c]))
                {
                    HalfFloats.Widen(vectors.Span.Slice(member * dimension, dimension), wide);
                    for (int d = 0; d < sum.Length; d++)
                    {
                        sum[d] += wide[d];
                    }
                }

                if (sizes[c] > 0)
                {
                    Normalise(sum, centroids.AsSpan(c * dimension, dimension));
                }
            }
        });
        return sizes;
    }

    private static void Normalise(ReadOnlySpan<double> sum, Span<float> centroid)
    {
        double square = 0;
        foreach (double value in sum)
        {
            square += value * value;
        }

        if (square > 1e-24)
        {
            double inverse = 1 / Math.Sqrt(square);
            for (int d = 0; d < centroid.Length; d++)
            {
                centroid[d] = (float)(sum[d] * inverse);
            }
        }
    }

    /// <summary>A centroid without members takes half of the largest one: a copy of it, both nudged apart (as faiss does).</summary>
    private void SplitForEmpty(float[] centroids, int[] sizes)
    {
        if (!sizes.Contains(0))
        {
            return;
        }

        var largest = new PriorityQueue<int, (int, int)>();
        for (int c = 0; c < count; c++)
        {
            if (sizes[c] > 1)
            {
                largest.Enqueue(c, (-sizes[c], c));
            }
        }

        for (int empty = 0; empty < count; empty++)
        {
            if (sizes[empty] != 0 || !largest.TryDequeue(out int donor, out _))
            {
                continue;
            }

            Span<float> from = centroids.AsSpan(donor * dimension, dimension), to = centroids.AsSpan(empty * dimension, dimension);
            for (int d = 0; d < dimension; d++)
            {
                float nudge = (d & 1) == 0 ? 1f / 1024 : -1f / 1024;
                to[d] = from[d] * (1 + nudge);
                from[d] *= 1 - nudge;
            }

            sizes[empty] = sizes[donor] / 2;
            sizes[donor] -= sizes[empty];
            foreach (int half in (ReadOnlySpan<int>)[donor, empty])
            {
                if (sizes[half] > 1)
                {
                    largest.Enqueue(half, (-sizes[half], half));
                }
            }
        }
    }
}
