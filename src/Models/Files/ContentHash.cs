using System.Security.Cryptography;
using Jmlr.Models.Progress;

namespace Jmlr.Models.Files;

/// <summary>SHA-256 in lower-case hex.</summary>
public static class ContentHash
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Hash of bytes.</summary>
    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Hash of UTF-8 text.</summary>
    public static string Of(string text) => Of(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Hash of a stream from where it stands to its end, in large blocks; progress counts bytes.</summary>
    public static string OfStream(Stream stream, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BlockBytes];
        long done = 0, total = progress is not null && stream.CanSeek ? stream.Length - stream.Position : 0;
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer.AsSpan(0, read));
            done += read;
            progress?.Report(new ProgressReport("check", done, total, "bytes", done, "bytes"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Hash of a file, read once in large blocks.</summary>
    public static string OfFile(string path, CancellationToken cancellation = default) => OfFile(path, null, cancellation);

    /// <summary>As <see cref="OfFile(string, CancellationToken)"/>; progress counts bytes.</summary>
    public static string OfFile(string path, IProgress<ProgressReport>? progress, CancellationToken cancellation = default)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        return OfStream(stream, progress, cancellation);
    }
}
