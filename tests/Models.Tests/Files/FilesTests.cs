using System.Text;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;

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
            Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        }

        FileLock.Acquire(path, "try again").Dispose();
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
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(zeros));
        byte[] data = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))];
        for (int cut = 0; cut < 40; cut++)
        {
            Assert.Equal(Crc32C.ComputeScalar(data), Crc32C.Compute(data.AsSpan(cut), Crc32C.Compute(data.AsSpan(0, cut))));
        }
    }
}
