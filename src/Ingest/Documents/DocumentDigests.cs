using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Jmlr.Ingest.Documents;

/// <summary>Keys and versions in a few bytes, for tables of all that were seen. Stored in derived files at most: two texts of one digest are not expected, but would only be taken for each other.</summary>
static class DocumentDigests
{
    /// <summary>XxHash128 of the key.</summary>
    public static KeyDigest Digest(this DocumentKey key)
    {
        int most = Encoding.UTF8.GetMaxByteCount(key.Source.Length + 1 + key.Name.Length);
        byte[]? rented = most > 1024 ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> bytes = rented ?? stackalloc byte[1024];
        int length = Encoding.UTF8.GetBytes(key.Source, bytes);
        bytes[length++] = 0;
        length += Encoding.UTF8.GetBytes(key.Name, bytes[length..]);
        UInt128 digest = XxHash128.HashToUInt128(bytes[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return new KeyDigest((ulong)(digest >> 64), (ulong)digest);
    }

    /// <summary>Content and date of a version.</summary>
    public static VersionDigest Digest(this DocumentVersion version) =>
        new(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(version.ContentHash.AsSpan())), version.Published?.DayNumber ?? -1);
}

/// <summary>A key in 16 bytes (an <see cref="UInt128"/> would be aligned to 16 and make the tables larger).</summary>
readonly record struct KeyDigest(ulong High, ulong Low);

/// <summary>A version in a few bytes.</summary>
/// <param name="Content">XxHash3 of its content hash.</param>
/// <param name="Day">Day of its publication; -1: not stated.</param>
readonly record struct VersionDigest(ulong Content, int Day);
