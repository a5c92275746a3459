using System.Text.Json.Nodes;
using Jmlr.Index.Interop;
using Jmlr.Index.Interop.Npy;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Storage;
using Jmlr.Models.Errors;
using TextEncoding = System.Text.Encoding;

namespace Jmlr.Index.Tests.Interop;

/// <summary>Indexes of fast-plaid and next-plaid: taken over and given back value for value, refused when they are damaged or hostile.</summary>
public sealed class PlaidInteropTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_fast_plaid_index_comes_back_as_it_was()
    {
        string source = SharedData.Require("golden/retrieval/index/fastplaid_150_2b");
        using var fixture = new IndexFixture();
        IndexChange change = IndexImport.Run(source, fixture.Index, fixture.Identity with { Dimension = 128 }, cancellation: Cancellation);
        Assert.Equal((150, 0), (change.Added, change.Encoded));
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: Cancellation).Ok);
        string target = Path.Combine(fixture.Folder, "exported");
        Assert.Equal(150, IndexExport.Run(fixture.Index, target, IndexLayout.FastPlaid, cancellation: Cancellation));

        // The payload byte for byte, header and rows of zeros included; the small arrays by value, as torch pads its headers to 16.
        foreach (string name in new[] { "merged_codes.npy", "merged_residuals.npy" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, name)), File.ReadAllBytes(Path.Combine(target, name)));
        }

        foreach (string name in new[] { "centroids.npy", "bucket_cutoffs.npy", "bucket_weights.npy", "ivf.npy", "ivf_lengths.npy" })
        {
            using NpyFile expected = new(Path.Combine(source, name)), got = new(Path.Combine(target, name));
            Assert.Equal(expected.Description, got.Description);
            Assert.Equal(expected.Rows(0, expected.Shape[0]), got.Rows(0, got.Shape[0]));
        }

        foreach (string name in new[] { "avg_residual.npy", "cluster_threshold.npy" })
        {
            using NpyFile expected = new(Path.Combine(source, name)), got = new(Path.Combine(target, name));
            Assert.Equal(expected.Description, got.Description);
        }

        foreach (string name in new[] { "metadata.json", "plan.json", "doclens.0.json", "0.metadata.json", "merged_codes.manifest.json", "merged_residuals.manifest.json" })
        {
            Assert.True(JsonNode.DeepEquals(Json(source, name), Json(target, name)), name);
        }
    }

    [Theory]
    [InlineData(1, IndexLayout.FastPlaid)]
    [InlineData(2, IndexLayout.NextPlaid)]
    [InlineData(4, IndexLayout.FastPlaid)]
    [InlineData(4, IndexLayout.NextPlaid)]
    [InlineData(8, IndexLayout.NextPlaid)]
    public void An_index_of_ours_goes_there_and_back_without_loss(int bits, IndexLayout layout)
    {
        using var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Bits = bits, SegmentTokens = 1500 }).Build(IndexFixture.Passages(160), cancellation: Cancellation);
        fixture.Builder(new IndexSettings { Bits = bits, SegmentTokens = 1500 }).Update(IndexFixture.Passages(160, first: 10), cancellation: Cancellation);
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma fever", 500);
        string target = Path.Combine(fixture.Folder, "exported"), again = Path.Combine(fixture.Folder, "again");
        Assert.Equal(160, IndexExport.Run(fixture.Index, target, layout, cancellation: Cancellation));
        JsonNode ids = Json(target, "pid_docid_map.json");
        ImportedPassage[] passages = [.. Enumerable.Range(0, 160).Select(pid => new ImportedPassage(ids[$"{pid}"]!.GetValue<string>(), default))];
        IndexImport.Run(target, fixture.Index, fixture.Identity, passages, cancellation: Cancellation);
        Assert.Equal(expected, fixture.Search("acute asthma fever", 500));
        Assert.True(IndexVerifier.Verify(fixture.Index, IndexFixture.Passages(160, first: 10), cancellation: Cancellation) is { Ok: true, Store.Same: true });

        Assert.Equal(160, IndexExport.Run(fixture.Index, again, layout, cancellation: Cancellation));
        foreach (string path in Directory.GetFiles(target))
        {
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(again, Path.GetFileName(path))));
        }
    }

    [Theory]
    [InlineData("merged_codes.npy", "missing", "cannot open")]
    [InlineData("merged_codes.npy", "cut", "header")]
    [InlineData("merged_codes.npy", "code", "centroid")]
    [InlineData("merged_residuals.npy", "'shape': (", "header")]
    [InlineData("merged_residuals.npy", "|u1=|O8", "|O8")]
    [InlineData("merged_codes.npy", "False=True ", "fortran_order")]
    [InlineData("centroids.npy", "<f2=>f2", ">f2")]
    [InlineData("bucket_weights.npy", "missing", "cannot open")]
    [InlineData("bucket_cutoffs.npy", "pickle", "no NumPy file")]
    [InlineData("doclens.0.json", "[2000000000]", "expected")]
    [InlineData("doclens.0.json", "[-1]", "-1")]
    [InlineData("metadata.json", "\"nbits\":4=\"nbits\":5", "5 bits")]
    [InlineData("metadata.json", "\"num_chunks\":1=\"num_chunks\":2", "doclens.1.json")]
    [InlineData("metadata.json", "\"compress_only\":false=\"compress_only\":true", "compress_only")]
    public void A_damaged_or_hostile_index_is_refused_by_name(string name, string damage, string expected)
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(60), cancellation: Cancellation);
        IReadOnlyList<ScoredPassage> before = fixture.Search("fever", 100);
        string target = Path.Combine(fixture.Folder, "exported"), path = Path.Combine(target, name);
        IndexExport.Run(fixture.Index, target, IndexLayout.FastPlaid, cancellation: Cancellation);
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        switch (damage)
        {
            case "missing":
                break;
            case "cut":
                File.WriteAllBytes(path, bytes[..^1]);
                break;
            case "code":
                bytes.AsSpan(192, 8).Fill(0x11);
                File.WriteAllBytes(path, bytes);
                break;
            case "'shape': (":
                File.WriteAllBytes(path, TextEncoding.Latin1.GetBytes(TextEncoding.Latin1.GetString(bytes).Replace(damage, "'shape': (9", StringComparison.Ordinal)));
                break;
            case "pickle":
                File.WriteAllBytes(path, [0x80, 4, .. bytes]);
                break;
            default:
                string[] parts = damage.Split('=');
                string text = TextEncoding.Latin1.GetString(bytes), changed = parts.Length == 1 ? damage : text.Replace(parts[0], parts[1], StringComparison.Ordinal);
                Assert.NotEqual(text, changed);
                File.WriteAllBytes(path, TextEncoding.Latin1.GetBytes(changed));
                break;
        }

        JmlrException error = Assert.ThrowsAny<JmlrException>(() => IndexImport.Run(target, fixture.Index, fixture.Identity, cancellation: Cancellation));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected == "expected" ? "merged_codes.npy" : damage.Contains("num_chunks", StringComparison.Ordinal) ? "doclens.1.json" : expected == "5 bits" ? "centroids.npy" : name, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, fixture.Search("fever", 100));
    }

    [Fact]
    public void Chunks_of_which_only_some_have_files_are_refused()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(60), cancellation: Cancellation);
        string target = Path.Combine(fixture.Folder, "exported");
        IndexExport.Run(fixture.Index, target, IndexLayout.NextPlaid, cancellation: Cancellation);
        File.WriteAllText(Path.Combine(target, "doclens.1.json"), "[]");
        File.WriteAllText(Path.Combine(target, "metadata.json"), File.ReadAllText(Path.Combine(target, "metadata.json")).Replace("\"num_chunks\":1", "\"num_chunks\":2", StringComparison.Ordinal));
        Assert.Contains("1 of 2 chunks", Assert.Throws<JmlrDataException>(() => IndexImport.Run(target, fixture.Index, fixture.Identity, cancellation: Cancellation)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "f4", new long[] { 2, 3 })]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (2,3,), }  ", "i8", new long[] { 2, 3 })]
    [InlineData("{\"shape\":(),\"descr\":\"<u1\",\"fortran_order\":False}", "u1", new long[0])]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), ", null, null)]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", null, null)]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", null, null)]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", null, null)]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", null, null)]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", null, null)]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", null, null)]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", null, null)]
    [InlineData("__import__('os')", null, null)]
    [InlineData("", null, null)]
    public void Headers_are_read_strictly(string dictionary, string? type, long[]? shape)
    {
        byte[] bytes = [0x93, .. "NUMPY"u8, 1, 0, (byte)dictionary.Length, 0, .. TextEncoding.Latin1.GetBytes(dictionary), 0, 0];
        NpyHeader? header = NpyHeader.Read(bytes, out string reason);
        Assert.Equal(type, header?.Type);
        Assert.Equal(shape, header?.Shape);
        Assert.True(header is not null || reason.Length > 0);
        Assert.Null(NpyHeader.Read(bytes.AsSpan(0, Math.Min(11, bytes.Length)), out _));
    }

    private static JsonNode Json(string folder, string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, name)))!;
}
