using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Encoding;
using Jmlr.Models.Packaging;
using Jmlr.Models.Weights;
using static TorchSharp.torch;

namespace Jmlr.Bench.Retrieval;

/// <summary>
/// nDCG@10 of exact fp32 MaxSim under several projections of one encoder, none among them: the collection is encoded once, before any projection. What an index
/// then loses by compression is not part of it.
/// </summary>
static class ProjectionBench
{
    private const int Block = 64; // passages scored at once

    internal static void Run(string model, string beir, string split, IEnumerable<string> projections, TextWriter output)
    {
        var collection = new BeirCollection(beir, split);
        using ColbertEncoder encoder = ColbertCheckpoint.OpenUnprojected(ModelFolder.Open(model), new EncoderOptions { Precision = EncoderPrecision.Fastest });
        using IDisposable mode = inference_mode();
        long started = Stopwatch.GetTimestamp();
        float[][] queries = [.. collection.Queries.Select(query => Query(encoder, query))], passages = Passages(encoder, collection);
        long tokens = passages.Sum(passage => (long)passage.Length) / encoder.Dimension;
        output.WriteLine(Invariant($"{queries.Length} queries, {passages.Length:N0} passages, {tokens:N0} tokens, {encoder.Precision}, encoded in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s"));
        foreach (string? projection in projections.Prepend(null))
        {
            using var scope = NewDisposeScope();
            Tensor? matrix = projection is null ? null : Projection(projection, encoder.Dimension);
            float[] scores = Scores(queries, passages, encoder.Dimension, matrix);
            output.WriteLine(Invariant($"  nDCG@10 {Ndcg(collection, scores):0.0000}  {matrix?.shape[1] ?? encoder.Dimension} dimensions  {projection ?? "no projection"}"));
        }
    }

    private static float[] Query(ColbertEncoder encoder, string text)
    {
        var query = new TokenMatrix(encoder.Dimension);
        encoder.EncodeQuery(text, query);
        return query.Values.ToArray();
    }

    private static float[][] Passages(ColbertEncoder encoder, BeirCollection collection)
    {
        string[] cut = collection.CutPassages(encoder);
        float[][] passages = new float[cut.Length][];
        encoder.EncodePassages(cut, (passage, vectors) => passages[passage] = vectors.ToArray(), CancellationToken.None);
        return passages;
    }

    /// <summary><c>linear.weight</c> [dim, hidden], transposed.</summary>
    private static Tensor Projection(string path, int hidden)
    {
        using IWeightSource source = WeightSource.Open(path);
        float[] values = new float[source.Tensors["linear.weight"].ElementCount];
        source.ReadFloat32("linear.weight", values);
        return tensor(values, values.Length / hidden, hidden).t().contiguous();
    }

    /// <summary>MaxSim of every query with every passage: [queries, passages].</summary>
    private static float[] Scores(float[][] queries, float[][] passages, int hidden, Tensor? projection)
    {
        using var outer = NewDisposeScope();
        long[] owner = [.. queries.SelectMany((query, i) => Enumerable.Repeat((long)i, query.Length / hidden))];
        Tensor rows = Project(tensor(queries.SelectMany(query => query).ToArray(), owner.Length, hidden), projection), index = tensor(owner);
        int[] order = [.. Enumerable.Range(0, passages.Length).OrderBy(i => passages[i].Length)];
        float[] scores = new float[queries.Length * passages.Length];
        for (int start = 0; start < order.Length; start += Block)
        {
            using var inner = NewDisposeScope();
            int[] block = order[start..Math.Min(start + Block, order.Length)];
            int longest = passages[block[^1]].Length;
            float[] padded = new float[block.Length * longest];
            for (int i = 0; i < block.Length; i++)
            {
                // The last vector repeated changes no maximum.
                float[] passage = passages[block[i]];
                passage.CopyTo(padded, i * longest);
                for (int at = passage.Length; at < longest; at += hidden)
                {
                    passage.AsSpan(passage.Length - hidden).CopyTo(padded.AsSpan((i * longest) + at));
                }
            }

            int length = longest / hidden;
            Tensor vectors = Project(tensor(padded, block.Length * length, hidden), projection);
            Tensor maxima = rows.matmul(vectors.t()).view(owner.Length, block.Length, length).amax([2]);
            float[] sums = zeros(queries.Length, block.Length).index_add_(0, index, maxima, 1).data<float>().ToArray();
            for (int query = 0; query < queries.Length; query++)
            {
                for (int i = 0; i < block.Length; i++)
                {
                    scores[(query * passages.Length) + block[i]] = sums[(query * block.Length) + i];
                }
            }
        }

        return scores;
    }

    private static Tensor Project(Tensor vectors, Tensor? projection) =>
        projection is null ? vectors : nn.functional.normalize(vectors.matmul(projection), p: 2, dim: -1);

    private static double Ndcg(BeirCollection collection, float[] scores)
    {
        int passages = collection.Passages.Count;
        double sum = 0;
        for (int query = 0; query < collection.Queries.Count; query++)
        {
            int at = query * passages;
            sum += collection.Ndcg(query, Enumerable.Range(0, passages).OrderByDescending(i => scores[at + i]).ThenByDescending(i => collection.PassageIds[i], StringComparer.Ordinal).Take(10));
        }

        return sum / collection.Queries.Count;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
