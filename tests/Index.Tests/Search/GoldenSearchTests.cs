using System.Runtime.InteropServices;
using System.Text.Json;
using Jmlr.Index.Encoding;
using Jmlr.Index.Interop;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Storage;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Search;

/// <summary>Real token vectors: an index of colbert-ai taken over code by code, and an index of our own beside the uncompressed vectors.</summary>
public sealed class GoldenSearchTests
{
    private const int Dimension = 128;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Over_the_codes_of_a_colbert_index_the_rankings_are_colberts()
    {
        string golden = SharedData.Require("golden/retrieval/index"), source = Path.Combine(golden, "colbert_150_2b");
        using var fixture = new IndexFixture();
        using IndexSnapshot snapshot = TakeOver(fixture, source);
        using JsonDocument rankings = JsonDocument.Parse(File.ReadAllText(Path.Combine(golden, "rankings.json")));
        List<JsonElement> expected = [.. rankings.RootElement.GetProperty("colbert_150_2b_all").EnumerateArray()];
        List<TokenMatrix> queries = Queries(golden);
        Assert.Equal(expected.Count, queries.Count);
        for (int q = 0; q < queries.Count; q++)
        {
            int[] pids = [.. expected[q].GetProperty("pids").EnumerateArray().Select(value => value.GetInt32())];
            float[] scores = [.. expected[q].GetProperty("scores").EnumerateArray().Select(value => value.GetSingle())];
            IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(queries[q], new SearchOptions { Top = pids.Length }, Cancellation);
            Assert.Equal(pids.Length, found.Count);
            for (int i = 0; i < pids.Length; i++)
            {
                Assert.Equal(scores[i], found[i].Score, 1e-3f);
                // The same passage, unless another one has its score to within the tolerance.
                int rank = Array.IndexOf(pids, int.Parse(found[i].Id, System.Globalization.CultureInfo.InvariantCulture));
                Assert.True(rank == i || Math.Abs((rank < 0 ? scores[^1] : scores[rank]) - scores[i]) < 1e-3f, $"query {q} rank {i}");
            }
        }
    }

    [Theory]
    [InlineData(2, 0.88)]
    [InlineData(4, 0.95)]
    [InlineData(8, 0.99)]
    public void An_index_of_real_vectors_ranks_as_the_vectors_do(int bits, double least)
    {
        string golden = SharedData.Require("golden/retrieval/index");
        using var file = new SafetensorsFile(Path.Combine(golden, "docs_first20_fp16.safetensors"));
        float[] vectors = Floats(file, "doc_embeddings");
        int[] lengths = MemoryMarshal.Cast<byte, int>(file.GetBytes("doclens")).ToArray();
        using var fixture = new IndexFixture();
        using var encoder = new GivenVectors(vectors, lengths);
        var builder = new IndexBuilder(fixture.Index, encoder, fixture.Cache, "none", new IndexSettings { Bits = bits, Threads = 2 });
        builder.Build(new ListedPassages(lengths.Select((_, i) => ($"{i:D2}", $"{i}"))), cancellation: Cancellation);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);

        double recall = 0;
        List<TokenMatrix> queries = Queries(golden);
        foreach (TokenMatrix query in queries)
        {
            IEnumerable<string> exact = lengths.Select((_, i) => (Id: $"{i:D2}", Score: MaxSim(query, encoder.Of(i)))).OrderByDescending(pair => pair.Score).Take(5).Select(pair => pair.Id);
            recall += snapshot.Searcher.Search(query, new SearchOptions { Top = 5 }, Cancellation).Select(hit => hit.Id).Intersect(exact).Count() / 5.0;
        }

        Assert.InRange(recall / queries.Count, least, 1);
    }

    private static IndexSnapshot TakeOver(IndexFixture fixture, string source)
    {
        IndexImport.Run(source, fixture.Index, fixture.Identity with { Dimension = Dimension }, cancellation: Cancellation);
        return IndexSnapshot.Open(fixture.Index, threads: 2);
    }

    private static List<TokenMatrix> Queries(string golden)
    {
        using var file = new SafetensorsFile(Path.Combine(golden, "queries25.safetensors"));
        float[] values = Floats(file, "queries");
        var queries = new List<TokenMatrix>();
        for (int at = 0; at < values.Length; at += 32 * Dimension)
        {
            var query = new TokenMatrix(Dimension);
            query.Resize(32);
            values.AsSpan(at, 32 * Dimension).CopyTo(query.Values);
            queries.Add(query);
        }

        return queries;
    }

    private static double MaxSim(TokenMatrix query, ReadOnlySpan<float> vectors)
    {
        double sum = 0;
        for (int row = 0; row < query.Rows; row++)
        {
            double best = double.NegativeInfinity;
            for (int at = 0; at < vectors.Length; at += Dimension)
            {
                double dot = 0;
                for (int d = 0; d < Dimension; d++)
                {
                    dot += (double)query.Row(row)[d] * vectors[at + d];
                }

                best = Math.Max(best, dot);
            }

            sum += best;
        }

        return sum;
    }

    private static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }
}
