using System.Diagnostics;
using System.Text.Json;
using Jmlr.Index.Kernels;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Progress;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Search;

/// <summary>Builds an index of raw vectors and searches it: seconds of each stage, bytes, latencies, recall against fp32 MaxSim, as one JSON object.</summary>
static class SearchBench
{
    private const int Top = 10;

    /// <summary>Runs on the safetensors file of <see cref="RawVectors"/>; with <paramref name="rankings"/> the lists are written too.</summary>
    public static void Run(string path, int bits, int threads, bool quantiles, bool rankings, TextWriter to)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-bench-").FullName;
        try
        {
            using var raw = new RawVectors(path);
            var stages = new StageClock();
            long started = Stopwatch.GetTimestamp();
            new IndexBuilder(folder, raw, raw, "raw", new IndexSettings { Bits = bits, Threads = threads, QuantileBuckets = quantiles }).Build(raw, stages);
            double build = Stopwatch.GetElapsedTime(started).TotalSeconds;
            IndexStatus status = IndexStatus.Read(folder);

            started = Stopwatch.GetTimestamp();
            using IndexSnapshot snapshot = IndexSnapshot.Open(folder, threads: threads);
            double open = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            var lists = new IReadOnlyList<ScoredPassage>[raw.Queries.Length];
            double[] times = new double[raw.Queries.Length];
            for (int pass = 0; pass < 2; pass++) // the first pass touches every block for the first time
            {
                for (int q = 0; q < lists.Length; q++)
                {
                    long at = Stopwatch.GetTimestamp();
                    lists[q] = snapshot.Searcher.Search(raw.Queries[q], new SearchOptions { Top = Top });
                    times[q] = Stopwatch.GetElapsedTime(at).TotalMilliseconds;
                }
            }

            Array.Sort(times);
            List<string>[] exact = Reference(raw, threads);
            double recall = lists.Zip(exact, (list, best) => list.Select(hit => hit.Id).Intersect(best).Count() / (double)Top).Average();
            to.WriteLine(JsonSerializer.Serialize(new
            {
                bits,
                threads,
                quantiles,
                passages = status.LivePassages,
                tokens = status.LiveTokens,
                dimension = raw.Dimension,
                centroids = status.Centroids,
                build_s = build,
                stages_s = stages.Seconds,
                bytes = status.Bytes,
                bytes_per_token = status.BytesPerToken,
                segment_bytes_per_token = status.SegmentBytesPerToken,
                open_ms = open,
                p50_ms = times[times.Length / 2],
                p95_ms = times[(int)(times.Length * 0.95)],
                rescored = snapshot.LastRescored,
                recall_at_10 = recall,
                lists = rankings ? lists.Select(list => list.Select(hit => hit.Id)) : null,
                reference = rankings ? exact : null,
            }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Top lists of fp32 MaxSim over the vectors themselves.</summary>
    private static unsafe List<string>[] Reference(RawVectors raw, int threads)
    {
        var lists = new List<string>[raw.Queries.Length];
        float[,] scores = new float[raw.Queries.Length, raw.Lengths.Length];
        int blockLength = raw.Dimension * IntegerDots.Rows;
        float[] transposed = new float[raw.Queries.Length * blockLength];
        for (int q = 0; q < raw.Queries.Length; q++)
        {
            QueryLayout.Transpose(raw.Queries[q].Values, raw.Dimension, transposed.AsSpan(q * blockLength, blockLength)); // up to 32 rows
        }

        Parallel.For(0, raw.Lengths.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, passage =>
        {
            float[] vectors = new float[raw.Lengths[passage] * raw.Dimension], dots = new float[raw.Lengths[passage] * IntegerDots.Rows], best = new float[IntegerDots.Rows];
            HalfFloats.Widen(raw.Rows(passage), vectors);
            fixed (float* v = vectors, d = dots, b = best, t = transposed)
            {
                for (int q = 0; q < raw.Queries.Length; q++)
                {
                    best.AsSpan().Fill(float.NegativeInfinity);
                    FloatDots.Active(v, t + ((long)q * blockLength), raw.Lengths[passage], IntegerDots.Rows, raw.Dimension, d);
                    MaxReduction.Reduce(d, raw.Lengths[passage], IntegerDots.Rows, b);
                    scores[q, passage] = best.AsSpan(0, raw.Queries[q].Rows).ToArray().Sum();
                }
            }
        });
        for (int q = 0; q < lists.Length; q++)
        {
            int query = q;
            lists[q] = [.. Enumerable.Range(0, raw.Lengths.Length).OrderByDescending(passage => scores[query, passage]).ThenBy(passage => passage).Take(Top).Select(RawVectors.Id)];
        }

        return lists;
    }

    /// <summary>Seconds between the reports of each stage.</summary>
    private sealed class StageClock : IProgress<ProgressReport>
    {
        private long _last = Stopwatch.GetTimestamp();

        internal Dictionary<string, double> Seconds { get; } = [];

        public void Report(ProgressReport value)
        {
            long now = Stopwatch.GetTimestamp();
            Seconds[value.Stage] = Seconds.GetValueOrDefault(value.Stage) + Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
            _last = now;
        }
    }
}
