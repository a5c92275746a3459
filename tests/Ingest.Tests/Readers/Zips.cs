using System.IO.Compression;
using System.Text;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Makes ZIP files in memory.</summary>
static class Zips
{
    public static byte[] Of(params (string Name, string Text)[] parts) => Of([.. parts.Select(static part => (part.Name, Encoding.UTF8.GetBytes(part.Text)))]);

    public static byte[] Of(params (string Name, byte[] Bytes)[] parts)
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in parts)
            {
                using Stream entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
