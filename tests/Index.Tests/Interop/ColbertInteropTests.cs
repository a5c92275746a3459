using System.IO.Compression;
using System.Text.Json.Nodes;
using Jmlr.Index.Interop;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Interop;

/// <summary>Indexes of colbert-ai: taken over and given back byte for byte, refused when they are damaged or hostile.</summary>
public sealed class ColbertInteropTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_colbert_index_comes_back_as_it_was()
    {
        string source = SharedData.Require("golden/retrieval/index/colbert_150_2b");
        using var fixture = new IndexFixture();
        IndexChange change = IndexImport.Run(source, fixture.Index, fixture.Identity with { Dimension = 128 }, cancellation: Cancellation);
        Assert.Equal((150, 0), (change.Added, change.Encoded));
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: Cancellation).Ok);
        string target = Path.Combine(fixture.Folder, "exported");
        Assert.Equal(150, IndexExport.Run(fixture.Index, target, cancellation: Cancellation));
        foreach (string name in new[] { "centroids.pt", "buckets.pt", "0.codes.pt", "0.residuals.pt", "ivf.pid.pt" })
        {
            // The pickle too is what Python writes, so torch.load reads it.
            string[] parts = name is "buckets.pt" or "ivf.pid.pt" ? ["data.pkl", "data/0", "data/1", "byteorder", "version"] : ["data.pkl", "data/0", "byteorder", "version"];
            foreach (string part in parts)
            {
                Assert.Equal(Entry(Path.Combine(source, name), part), Entry(Path.Combine(target, name), part));
            }
        }

        Assert.Equal(Entry(Path.Combine(source, "avg_residual.pt"), "data.pkl"), Entry(Path.Combine(target, "avg_residual.pt"), "data.pkl"));
        Assert.Equal(Json(source, "doclens.0.json"), Json(target, "doclens.0.json"));
        Assert.Equal(Json(source, "0.metadata.json"), Json(target, "0.metadata.json"));
        foreach (string name in new[] { "num_chunks", "num_partitions", "num_embeddings", "avg_doclen" })
        {
            Assert.Equal(JsonNode.Parse(Json(source, "metadata.json"))![name]!.ToJsonString(), JsonNode.Parse(Json(target, "metadata.json"))![name]!.ToJsonString());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void An_index_of_ours_goes_there_and_back_without_loss(int bits)
    {
        using var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Bits = bits, SegmentTokens = 1500 }).Build(IndexFixture.Passages(160), cancellation: Cancellation);
        fixture.Builder(new IndexSettings { Bits = bits, SegmentTokens = 1500 }).Update(IndexFixture.Passages(160, first: 10), cancellation: Cancellation);
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma fever", 500);
        string target = Path.Combine(fixture.Folder, "exported");
        Assert.Equal(160, IndexExport.Run(fixture.Index, target, cancellation: Cancellation));
        JsonNode ids = JsonNode.Parse(Json(target, "pid_docid_map.json"))!;
        ImportedPassage[] passages = [.. Enumerable.Range(0, 160).Select(pid => new ImportedPassage(ids[$"{pid}"]!.GetValue<string>(), default))];
        IndexImport.Run(target, fixture.Index, fixture.Identity, passages, cancellation: Cancellation);
        Assert.Equal(expected, fixture.Search("acute asthma fever", 500));
        Assert.True(IndexVerifier.Verify(fixture.Index, IndexFixture.Passages(160, first: 10), cancellation: Cancellation) is { Ok: true, Store.Same: true });
        Assert.Throws<JmlrOperationException>(() => IndexExport.Run(fixture.Index, target, cancellation: Cancellation));
    }

    [Theory]
    [InlineData("missing", "centroids.pt", "")]
    [InlineData("missing", "0.codes.pt", "")]
    [InlineData("missing", "doclens.0.json", "missing")]
    [InlineData("json", "metadata.json", "num_chunks")]
    [InlineData("text", "metadata.json", "JSON")]
    [InlineData("text", "buckets.pt", "zip")]
    [InlineData("shorter", "doclens.0.json", "expected")]
    [InlineData("negative", "doclens.0.json", "-5")]
    [InlineData("code", "0.codes.pt", "centroid")]
    [InlineData("bits", "metadata.json", "bits")]
    public void A_damaged_or_hostile_index_is_refused_by_name(string damage, string name, string expected)
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(60), cancellation: Cancellation);
        IReadOnlyList<ScoredPassage> before = fixture.Search("fever", 100);
        string target = Path.Combine(fixture.Folder, "exported"), path = Path.Combine(target, name);
        IndexExport.Run(fixture.Index, target, cancellation: Cancellation);
        switch (damage)
        {
            case "missing":
                File.Delete(path);
                break;
            case "json":
                File.WriteAllText(path, File.ReadAllText(path).Replace("\"num_chunks\":1", "\"num_chunks\":99999999999", StringComparison.Ordinal));
                break;
            case "bits":
                File.WriteAllText(path, File.ReadAllText(path).Replace("\"nbits\":4", "\"nbits\":3", StringComparison.Ordinal));
                break;
            case "text":
                File.WriteAllText(path, "nothing of the kind");
                break;
            case "shorter":
                File.WriteAllText(path, "[3,4]");
                break;
            case "negative":
                File.WriteAllText(path, "[-5]");
                break;
            default:
                byte[] bytes = File.ReadAllBytes(path);
                for (int i = bytes.AsSpan().IndexOf("data/0"u8) + 200; i < bytes.AsSpan().IndexOf("data/0"u8) + 208; i++)
                {
                    bytes[i] = 0x7F;
                }

                File.WriteAllBytes(path, bytes);
                break;
        }

        JmlrException error = Assert.ThrowsAny<JmlrException>(() => IndexImport.Run(target, fixture.Index, fixture.Identity, cancellation: Cancellation));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, fixture.Search("fever", 100));
    }

    private static string Json(string folder, string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, name)))!.ToJsonString();

    private static byte[] Entry(string path, string part)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        using Stream stream = zip.GetEntry($"{Path.GetFileNameWithoutExtension(path)}/{part}")!.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
