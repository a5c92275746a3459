using System.Text;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;

namespace Jmlr.Models.Tests.Files;

public sealed class FilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_failed_write_leaves_the_former_file_and_nothing_else()
    {
        string path = Path.Combine(_folder, "a");
        DurableFile.Write(path, "before"u8.ToArray());
        Assert.Throws<IOException>(() => DurableFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("disk full");
        }));
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_second_writer_is_refused_and_told_who_holds_the_lock()
    {
        string path = Path.Combine(_folder, "LOCK");
        using (FileLock.Acquire(path, "build the index"))
        {
            JmlrOperationException error = Assert.Throws<JmlrOperationException>(() => FileLock.Acquire(path, "update the index"));
            Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName}", error.Message, StringComparison.Ordinal);
            Assert.Contains("build the index", error.Message, StringComparison.Ordinal);
        }

        FileLock.Acquire(path, "try again").Dispose();
    }

    [Fact]
    public void A_lock_that_cannot_be_made_is_not_called_held()
    {
        JmlrOperationException error = Assert.Throws<JmlrOperationException>(() => FileLock.Acquire(Path.Combine(_folder, "absent", "LOCK"), "build"));
        Assert.DoesNotContain("held", error.Message, StringComparison.Ordinal);
    }

    // Vectors of FIPS 180-2.
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Hash_of_known_text(string text, string expected)
    {
        string path = Path.Combine(_folder, "text");
        File.WriteAllText(path, text);
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, ContentHash.Of(text));
        Assert.Equal(expected, ContentHash.OfStream(stream, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(expected, ContentHash.OfFile(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Hashing_tells_how_far_it_is_and_can_be_stopped()
    {
        string path = Path.Combine(_folder, "large");
        File.WriteAllBytes(path, new byte[(2 << 20) + 5]);
        var steps = new Steps();
        Assert.Equal(ContentHash.Of(new byte[(2 << 20) + 5]), ContentHash.OfFile(path, steps, TestContext.Current.CancellationToken));
        Assert.Equal([1 << 20, 2 << 20, (2 << 20) + 5], steps.Seen.Select(step => step.Done));
        Assert.All(steps.Seen, step => Assert.Equal((2 << 20) + 5, step.Total));
        using var stop = new CancellationTokenSource();
        steps.Reported = stop.Cancel;
        Assert.Throws<OperationCanceledException>(() => ContentHash.OfFile(path, steps, stop.Token));
    }

    // Vectors of RFC 3720, appendix B.4.
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    public void Checksum_of_known_text(string text, uint expected)
    {
        Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));
        Assert.Equal(expected, Crc32C.ComputeScalar(Encoding.ASCII.GetBytes(text)));
    }

    [Fact]
    public void Checksum_of_zeros_and_in_pieces()
    {
        byte[] zeros = new byte[32];
        Assert.Equal(0x62A8AB43u, Crc32C.Compute([.. Enumerable.Repeat((byte)255, 32)]));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(zeros));
        byte[] data = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))];
        for (int cut = 0; cut < 40; cut++)
        {
            Assert.Equal(Crc32C.ComputeScalar(data), Crc32C.Compute(data.AsSpan(cut), Crc32C.Compute(data.AsSpan(0, cut))));
        }
    }

    private sealed class Steps : IProgress<ProgressReport>
    {
        internal List<ProgressReport> Seen { get; } = [];

        internal Action? Reported { get; set; }

        public void Report(ProgressReport value)
        {
            Seen.Add(value);
            Reported?.Invoke();
        }
    }
}
