using System.Security.Cryptography;

namespace Jmlr.Models.Files;

/// <summary>SHA-256 in lower-case hex.</summary>
public static class ContentHash
{
    /// <summary>Hash of bytes.</summary>
    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Hash of UTF-8 text.</summary>
    public static string Of(string text) => Of(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Hash of a file, read once in large blocks.</summary>
    public static string OfFile(string path, CancellationToken cancellation = default)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
