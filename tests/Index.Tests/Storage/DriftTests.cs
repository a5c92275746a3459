using System.Globalization;
using System.Runtime.InteropServices;
using Jmlr.Index.Encoding;
using Jmlr.Index.Interop;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Search;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Storage;

/// <summary>
/// Real token vectors of two kinds: those of queries (mostly of masks) and those of documents. An index of one kind codes the other badly.
/// </summary>
public sealed class DriftTests
{
    private const int Documents = 20, Queries = 25, All = Documents + Queries; // passages 0 to 19 and 20 to 44

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void More_of_the_same_kind_is_no_drift()
    {
        using var fixture = new IndexFixture();
        using GivenVectors encoder = Vectors();
        Builder(fixture, encoder, least: 1).Build(Some(0, 12), cancellation: Cancellation);
        IndexChange change = Builder(fixture, encoder, least: 1).Update(Some(0, Documents), cancellation: Cancellation);
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Equal((Documents - 12, 0, 1), (change.Added, change.NewCodec, status.Codecs));
        Assert.Equal(0, status.DriftedPassages);
        Assert.InRange(status.Drift!.Value, -0.5, CodecDrift.Bound);
        Assert.False(status.Outgrown);
    }

    [Fact]
    public void Too_little_of_another_kind_is_coded_badly_and_status_says_so()
    {
        using var fixture = new IndexFixture();
        using GivenVectors encoder = Vectors();
        Builder(fixture, encoder, least: 1).Build(Some(Documents, All), cancellation: Cancellation);
        Assert.Equal(0, Builder(fixture, encoder, least: 100_000).Update(Some(0, All), cancellation: Cancellation).NewCodec);
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Equal((1, Documents, true), (status.Codecs, status.DriftedPassages, status.Outgrown));
        Assert.InRange(status.Drift!.Value, CodecDrift.Bound, 10);
        Assert.InRange(status.Fits[0].Outliers, 0.02, 1); // 0.01 of vectors that fit
        Assert.InRange(status.Fits[0].Growth!.Value, CodecDrift.GrowthBound, 10);
    }

    [Fact]
    public void Another_kind_gets_a_codec_beside_the_old_one_with_what_was_coded_badly_before()
    {
        using var fixture = new IndexFixture();
        using GivenVectors encoder = Vectors();
        Builder(fixture, encoder, least: 1).Build(Some(Documents, All), cancellation: Cancellation);
        Builder(fixture, encoder, least: 100_000).Update(Some(8, All), cancellation: Cancellation);
        (double badly, _) = Errors(fixture, encoder);

        IndexChange change = Builder(fixture, encoder, least: 1).Update(Some(4, All), cancellation: Cancellation);
        Assert.Equal((4, 0, All - 8, 16), (change.Added, change.Removed, change.Kept, change.NewCodec));
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Equal((2, 0, All - 4, 0), (status.Codecs, status.DriftedPassages, status.LivePassages, status.DeadPassages));
        Assert.Equal([800, encoder.Tokens(4, Documents)], status.Fits.Select(fit => fit.Tokens));
        (double well, double queries) = Errors(fixture, encoder);
        Assert.InRange(well, 0, 0.9 * badly);
        AssertFound(fixture, encoder);
        using (IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2))
        {
            // Estimates by the lists of either codec can be compared.
            foreach (int passage in new[] { 5, 12, Documents + 3, Documents + 9 })
            {
                foreach (int kept in new[] { 5, 10, 20, 30 })
                {
                    ProbedPassagesTests.Check(snapshot, Query(encoder, passage), kept, most: 100);
                }
            }
        }

        // What comes next is coded by the codec that fits it: documents by the new one, and vectors of queries by the old one, although it is not the newest.
        Assert.Equal(0, Builder(fixture, encoder, least: 1).Update(Some(0, All), cancellation: Cancellation).NewCodec);
        Builder(fixture, encoder, least: 1).Update(Some(0, All - 5), cancellation: Cancellation);
        Builder(fixture, encoder, least: 1).Update(Some(0, All), cancellation: Cancellation);
        status = IndexStatus.Read(fixture.Index);
        Assert.Equal([2, 2], status.Fits.Select(fit => fit.Segments));
        AssertFound(fixture, encoder);
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: Cancellation).Ok);

        IReadOnlyList<ScoredPassage> before = Search(fixture, encoder);
        IndexMaintenance.Compact(fixture.Index, cancellation: Cancellation);
        Assert.Equal(before, Search(fixture, encoder));
        Assert.Equal([1, 1], IndexStatus.Read(fixture.Index).Fits.Select(fit => fit.Segments));

        // A build brings them together, from the embeddings that are kept.
        Assert.Equal(0, Builder(fixture, encoder, least: 1).Build(Some(0, All), cancellation: Cancellation).Encoded);
        Assert.Equal(1, IndexStatus.Read(fixture.Index).Codecs);
        Assert.InRange(Errors(fixture, encoder).Queries, 0, 2 * queries);
    }

    [Fact]
    public void The_drift_of_an_index_taken_over_is_not_known()
    {
        using var fixture = new IndexFixture();
        IndexImport.Run(SharedData.Require("golden/retrieval/index/colbert_150_2b"), fixture.Index, fixture.Identity with { Dimension = 128 }, cancellation: Cancellation);
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Null(status.Drift);
        Assert.Equal((0, 0.0, (double?)1), (status.DriftedPassages, status.Fits[0].Outliers, status.Fits[0].Growth));
    }

    /// <summary>Mean length of vector minus decompressed vector, of documents and of queries.</summary>
    private static (double Documents, double Queries) Errors(IndexFixture fixture, GivenVectors encoder)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 1);
        double[] sums = new double[2];
        int[] counts = new int[2];
        byte[] scratch = new byte[128];
        float[] vector = new float[128];
        foreach (Segment segment in snapshot.Segments)
        {
            for (int passage = 0; passage < segment.Entry.Passages; passage++)
            {
                int number = int.Parse(segment.Id(passage), CultureInfo.InvariantCulture), kind = number < Documents ? 0 : 1;
                long first = segment.Starts[passage];
                for (int token = 0; token < segment.Starts[passage + 1] - first; token++)
                {
                    snapshot.Codecs[segment.CodecIndex].Decompress(segment.Codes(first + token, 1)[0], segment.Rows(first + token, 1), scratch, vector);
                    sums[kind] += Math.Sqrt(vector.Zip(encoder.Of(number).Slice(token * 128, 128).ToArray(), (a, b) => (a - b) * (double)(a - b)).Sum());
                    counts[kind]++;
                }
            }
        }

        return (sums[0] / counts[0], sums[1] / counts[1]);
    }

    /// <summary>Scores and order are those of brute force over the decompressed vectors of either codec.</summary>
    private static void AssertFound(IndexFixture fixture, GivenVectors encoder)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        TokenMatrix query = Query(encoder);
        List<(string Id, double Score)> expected = BruteForce.Rank(snapshot, query);
        IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(query, new SearchOptions { Top = 10 }, Cancellation);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(expected[i].Id, found[i].Id);
            Assert.Equal(expected[i].Score, found[i].Score, 1e-4);
        }
    }

    private static IReadOnlyList<ScoredPassage> Search(IndexFixture fixture, GivenVectors encoder)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        return snapshot.Searcher.Search(Query(encoder), new SearchOptions { Top = All }, Cancellation);
    }

    private static TokenMatrix Query(GivenVectors encoder, int passage = Documents + 3)
    {
        var query = new TokenMatrix(128);
        query.Resize(32);
        encoder.Of(passage)[..query.Values.Length].CopyTo(query.Values);
        return query;
    }

    private static IndexBuilder Builder(IndexFixture fixture, GivenVectors encoder, long least) =>
        new(fixture.Index, encoder, fixture.Cache, "none", new IndexSettings { Threads = 2, LeastDriftTokens = least });

    private static ListedPassages Some(int first, int end) => new(Enumerable.Range(first, end - first).Select(i => ($"{i:D2}", $"{i}")));

    private static GivenVectors Vectors()
    {
        string golden = SharedData.Require("golden/retrieval/index");
        using var documents = new SafetensorsFile(Path.Combine(golden, "docs_first20_fp16.safetensors"));
        using var queries = new SafetensorsFile(Path.Combine(golden, "queries25.safetensors"));
        int[] lengths = [.. MemoryMarshal.Cast<byte, int>(documents.GetBytes("doclens")), .. Enumerable.Repeat(32, Queries)];
        return new GivenVectors([.. Floats(documents, "doc_embeddings"), .. Floats(queries, "queries")], lengths);
    }

    private static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }
}
