using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Jmlr.Ingest.Documents;

/// <summary>The content hash of a version: title, text and what of the provenance makes the content, not where and when the file was read.</summary>
static class DocumentHash
{
    public static string Of(string title, string text, Provenance p, string? questionId)
    {
        string head = string.Join('\0', title, p.Publisher, p.Url, p.Jurisdiction, p.Licence, p.Supersedes, p.EvidenceGrade, p.Withdrawn ? "withdrawn" : "", p.Language, questionId);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(head));
        hash.AppendData([0]);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        hash.AppendData(bytes, 0, Encoding.UTF8.GetBytes(text, bytes));
        ArrayPool<byte>.Shared.Return(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}
