using Jmlr.Index.Storage;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Tests.Storage;

public sealed class IndexBuilderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_built_index_reopens_with_everything_in_it_and_verifies()
    {
        using var fixture = new IndexFixture();
        IndexChange change = fixture.Builder().Build(IndexFixture.Passages(200), cancellation: Cancellation);
        Assert.Equal(new IndexChange(1, 200, 0, 0, 200), change);
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Equal((200, 0, 1L), (status.LivePassages, status.DeadPassages, status.Generation));
        Assert.Equal(Enumerable.Range(0, 200).Sum(i => IndexFixture.Text(i).Split(' ').Length), status.LiveTokens);
        Assert.Equal(new IndexVerification(true, 1, 1, 200, status.LiveTokens, []) with { Errors = [] }, IndexVerifier.Verify(fixture.Index, cancellation: Cancellation) with { Errors = [] });
        Assert.Equal(IndexFixture.Id(42), fixture.Search(IndexFixture.Text(42))[0].Id);
    }

    [Fact]
    public void A_second_build_encodes_nothing()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(50), cancellation: Cancellation);
        IndexChange again = fixture.Builder().Build(IndexFixture.Passages(50), cancellation: Cancellation);
        Assert.Equal(0, again.Encoded);
        Assert.Equal(50, fixture.Encoder.EncodedPassages);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_bytes_depend_neither_on_threads_nor_on_the_order_of_the_passages(int bits)
    {
        Dictionary<string, string>? first = null;
        foreach ((int threads, int seed) in new[] { (1, 0), (2, 1), (Environment.ProcessorCount + 1, 2) })
        {
            using var fixture = new IndexFixture();
            var random = new Random(seed);
            var passages = Enumerable.Range(0, 1200).OrderBy(_ => random.Next()).Select(i => (IndexFixture.Id(i), IndexFixture.Text(i)));
            fixture.Builder(new IndexSettings { Bits = bits, Threads = threads, SegmentTokens = 12_000, EncodeBatch = 100 + seed }).Build(new ListedPassages(passages), cancellation: Cancellation);
            var hashes = Directory.GetFiles(fixture.Index).Where(path => Path.GetFileName(path) != "LOCK").ToDictionary(path => Path.GetFileName(path), path => ContentHash.OfFile(path));
            first ??= hashes;
            Assert.Equal(first.OrderBy(pair => pair.Key, StringComparer.Ordinal), hashes.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        }
    }

    [Fact]
    public void An_update_adds_what_is_new_and_removes_what_is_gone_in_one_commit()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(100), cancellation: Cancellation);
        IndexChange change = fixture.Builder().Update(IndexFixture.Passages(100, first: 20), cancellation: Cancellation);
        Assert.Equal(new IndexChange(2, 20, 20, 80, 20), change);
        IndexStatus status = IndexStatus.Read(fixture.Index);
        Assert.Equal((100, 20, 2), (status.LivePassages, status.DeadPassages, status.Segments));
        Assert.DoesNotContain(fixture.Search(IndexFixture.Text(5), 100), hit => hit.Id == IndexFixture.Id(5));
        Assert.Equal(IndexFixture.Id(110), fixture.Search(IndexFixture.Text(110))[0].Id);
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: Cancellation).Ok);

        Assert.Equal(new IndexChange(2, 0, 0, 100, 0), fixture.Builder().Update(IndexFixture.Passages(100, first: 20), cancellation: Cancellation));
        fixture.Builder().Update(IndexFixture.Passages(0), cancellation: Cancellation);
        Assert.Empty(fixture.Search("asthma"));
        fixture.Builder().Update(IndexFixture.Passages(10), cancellation: Cancellation);
        Assert.Equal(10, IndexStatus.Read(fixture.Index).LivePassages);
    }

    [Fact]
    public void An_empty_index_is_an_index()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(0), cancellation: Cancellation);
        Assert.Empty(fixture.Search("asthma"));
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: Cancellation).Ok);
        Assert.Equal(1, fixture.Builder().Update(IndexFixture.Passages(1), cancellation: Cancellation).Added);
        Assert.Equal(IndexFixture.Id(0), Assert.Single(fixture.Search("asthma")).Id);
    }

    [Fact]
    public void An_index_of_another_retriever_or_chunker_is_refused_with_the_cure()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(10), cancellation: Cancellation);
        foreach (IndexIdentity other in new[] { fixture.Identity with { Encoder = "other" }, fixture.Identity with { Chunker = "other" }, fixture.Identity with { Tokenizer = "other" } })
        {
            JmlrOperationException error = Assert.Throws<JmlrOperationException>(() => IndexSnapshot.Open(fixture.Index, other));
            Assert.Contains("jmlr index build", error.Message, StringComparison.Ordinal);
        }

        var builder = new IndexBuilder(fixture.Index, fixture.Encoder, fixture.Cache, "chunker-2");
        Assert.Throws<JmlrOperationException>(() => builder.Update(IndexFixture.Passages(10), cancellation: Cancellation));
        Assert.Contains("jmlr index build", Assert.Throws<JmlrOperationException>(() => IndexSnapshot.Open(fixture.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_or_failed_operation_leaves_the_former_state_and_no_litter()
    {
        using var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(100), cancellation: Cancellation);
        string[] files = [.. Directory.GetFiles(fixture.Index).Order(StringComparer.Ordinal)];
        foreach (string stage in new[] { "encode", "cluster", "compress" })
        {
            using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var progress = new Immediate(report =>
            {
                if (report.Stage == stage)
                {
                    source.Cancel();
                }
            });
            Assert.ThrowsAny<OperationCanceledException>(() => fixture.Builder().Build(IndexFixture.Passages(150, salt: stage.Length), progress, source.Token));
            Assert.Equal(files, Directory.GetFiles(fixture.Index).Order(StringComparer.Ordinal));
        }

        fixture.Encoder.Before = _ => throw new IOException("no more memory");
        Assert.Throws<IOException>(() => fixture.Builder().Update(IndexFixture.Passages(150, salt: 99, first: 40), cancellation: Cancellation));
        Assert.Equal(files, Directory.GetFiles(fixture.Index).Order(StringComparer.Ordinal));
        Assert.Equal(1, IndexStatus.Read(fixture.Index).Generation);
    }

    [Fact]
    public void Input_that_cannot_be_indexed_is_refused_by_name()
    {
        using var fixture = new IndexFixture();
        Assert.Contains("twice", Assert.Throws<JmlrOperationException>(() => fixture.Builder().Build(new ListedPassages([("a", "x"), ("a", "y")]), cancellation: Cancellation)).Message, StringComparison.Ordinal);
        Assert.Throws<JmlrOperationException>(() => fixture.Builder().Build(new ListedPassages([("", "x")]), cancellation: Cancellation));
        Assert.Contains("'b'", Assert.Throws<JmlrOperationException>(() => fixture.Builder().Build(new ListedPassages([("a", "x"), ("b", "")]), cancellation: Cancellation)).Message, StringComparison.Ordinal);
        Assert.Throws<JmlrUsageException>(() => fixture.Builder(new IndexSettings { Bits = 3 }));
        fixture.Builder().Build(IndexFixture.Passages(5), cancellation: Cancellation);
        Assert.Throws<JmlrOperationException>(() => fixture.Builder().Apply(IndexFixture.Passages(0), ["nobody"], cancellation: Cancellation));
    }

    private sealed class Immediate(Action<ProgressReport> report) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value) => report(value);
    }
}
