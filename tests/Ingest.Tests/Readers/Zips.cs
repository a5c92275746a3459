using System.IO.Compression;
using System.Text;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Makes ZIP files in memory.</summary>
static class Zips
{
    private static readonly DateTimeOffset Moment = new(2020, 1, 2, 3, 4, 6, TimeSpan.Zero); // the same parts give the same bytes

    public static byte[] Of(params (string Name, string Text)[] parts) => Of([.. parts.Select(static part => (part.Name, Encoding.UTF8.GetBytes(part.Text)))]);

    public static byte[] Of(params (string Name, byte[] Bytes)[] parts)
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in parts)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name);
                entry.LastWriteTime = Moment;
                using Stream stream = entry.Open();
                stream.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
