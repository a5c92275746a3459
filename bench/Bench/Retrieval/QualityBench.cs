using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Encoding;
using Jmlr.Index.Kernels;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Packaging;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Retrieval;

/// <summary>
/// What compression costs on a BEIR collection: nDCG@10 of the index, searched exactly, beside fp32 MaxSim of the same vectors; for Lloyd-Max and for quantile
/// buckets. The collection is encoded once.
/// </summary>
static class QualityBench
{
    private const int Top = 10;

    internal static void Run(string model, string beir, TextWriter to)
    {
        var collection = new BeirCollection(beir);
        BeirVectors vectors;
        long started = Stopwatch.GetTimestamp();
        using (ColbertEncoder encoder = ColbertCheckpoint.Open(ModelFolder.Open(model), new EncoderOptions { Precision = EncoderPrecision.Fastest }))
        {
            vectors = new BeirVectors(collection, encoder);
        }

        Line(to, $"{collection.Queries.Count} queries, {vectors.Passages:N0} passages, {vectors.Tokens:N0} tokens, encoded in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        float[][] exact = Reference(vectors);
        List<int>[] best = [.. exact.Select(scores => TopOf(scores, collection))];
        double reference = Ndcg(collection, best);
        Line(to, $"fp32 MaxSim                nDCG@10 {reference:0.0000}");
        foreach (int bits in (int[])[4, 2])
        {
            foreach (bool quantiles in (bool[])[false, true])
            {
                One(collection, vectors, exact, best, reference, bits, quantiles, to);
            }
        }
    }

    private static void One(BeirCollection collection, BeirVectors vectors, float[][] exact, List<int>[] best, double reference, int bits, bool quantiles, TextWriter to)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-bench-").FullName;
        try
        {
            new IndexBuilder(folder, vectors, vectors, "beir", new IndexSettings { Bits = bits, QuantileBuckets = quantiles }).Build(vectors);
            IndexStatus status = IndexStatus.Read(folder);
            using IndexSnapshot snapshot = IndexSnapshot.Open(folder);
            double recall = 0, square = 0;
            var lists = new List<int>[best.Length];
            for (int query = 0; query < best.Length; query++)
            {
                // Equal scores fall in the order of the passage numbers here and of the document ids there; they are rare.
                IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(vectors.Queries[query], new SearchOptions { Top = Top });
                lists[query] = [.. found.Select(hit => int.Parse(hit.Id, CultureInfo.InvariantCulture))];
                recall += lists[query].Intersect(best[query]).Count() / (double)Top;
                square += found.Zip(lists[query], (hit, passage) => (hit.Score - exact[query][passage]) / vectors.Queries[query].Rows).Sum(error => error * error) / found.Count;
            }

            double ndcg = Ndcg(collection, lists);
            Line(to, $"{bits} bits, {(quantiles ? "quantiles" : "Lloyd-Max")}        nDCG@10 {ndcg:0.0000} ({ndcg - reference:+0.0000;-0.0000}), recall@10 {recall / best.Length:0.000}, error of a maximum {Math.Sqrt(square / best.Length):0.0000}, {status.BytesPerToken:0.00} bytes a token ({status.SegmentBytesPerToken:0.00} without centroids, {status.Centroids:N0})");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>fp32 MaxSim [queries][passages].</summary>
    private static unsafe float[][] Reference(BeirVectors vectors)
    {
        float[][] scores = [.. vectors.Queries.Select(_ => new float[vectors.Passages])];
        int block = vectors.Dimension * IntegerDots.Rows;
        float[][] transposed = [.. vectors.Queries.Select(query =>
        {
            float[] blocks = new float[(query.Rows + IntegerDots.Rows - 1) / IntegerDots.Rows * block];
            for (int first = 0; first < query.Rows; first += IntegerDots.Rows)
            {
                int rows = Math.Min(IntegerDots.Rows, query.Rows - first);
                QueryLayout.Transpose(query.Values.Slice(first * vectors.Dimension, rows * vectors.Dimension), vectors.Dimension, blocks.AsSpan(first / IntegerDots.Rows * block, block));
            }

            return blocks;
        })];
        Parallel.For(0, vectors.Passages, passage =>
        {
            ReadOnlySpan<ushort> rows = vectors.Rows(passage);
            int tokens = rows.Length / vectors.Dimension;
            float[] wide = new float[rows.Length], dots = new float[tokens * IntegerDots.Rows], best = new float[IntegerDots.Rows];
            HalfFloats.Widen(rows, wide);
            fixed (float* v = wide, d = dots, b = best)
            {
                for (int query = 0; query < scores.Length; query++)
                {
                    for (int first = 0; first < vectors.Queries[query].Rows; first += IntegerDots.Rows)
                    {
                        best.AsSpan().Fill(float.NegativeInfinity);
                        fixed (float* t = transposed[query])
                        {
                            FloatDots.Active(v, t + ((long)(first / IntegerDots.Rows) * block), tokens, IntegerDots.Rows, vectors.Dimension, d);
                        }

                        MaxReduction.Reduce(d, tokens, IntegerDots.Rows, b);
                        scores[query][passage] += best.AsSpan(0, Math.Min(IntegerDots.Rows, vectors.Queries[query].Rows - first)).ToArray().Sum();
                    }
                }
            }
        });
        return scores;
    }

    private static List<int> TopOf(float[] scores, BeirCollection collection) =>
        [.. Enumerable.Range(0, scores.Length).OrderByDescending(passage => scores[passage]).ThenByDescending(passage => collection.PassageIds[passage], StringComparer.Ordinal).Take(Top)];

    private static double Ndcg(BeirCollection collection, List<int>[] lists) => lists.Select((list, query) => collection.Ndcg(query, list)).Average();

    private static void Line(TextWriter to, FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
