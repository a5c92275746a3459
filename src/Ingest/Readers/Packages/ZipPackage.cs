using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Jmlr.Ingest.Readers.Xml;

namespace Jmlr.Ingest.Readers.Packages;

/// <summary>A document that is a ZIP file of parts (DOCX, EPUB). Nothing is written to disk; parts are read by name, within bounds whatever the directory claims.</summary>
sealed class ZipPackage : IDisposable
{
    private const int MaxEntries = 20_000;
    private const long MaxPart = 64 << 20;
    private const long MaxTotal = 256 << 20;

    private readonly ZipArchive _zip;
    private readonly string _path;
    private long _total;

    private ZipPackage(ZipArchive zip, string path) => (_zip, _path) = (zip, path);

    /// <summary>True for content that begins like a ZIP file.</summary>
    public static bool IsZip(ReadOnlySpan<byte> content) => content.StartsWith("PK\x03\x04"u8);

    /// <summary>True when a ZIP file has a part of this name.</summary>
    public static bool Has(SourceFile file, string part)
    {
        if (!IsZip(file.Content.Span))
        {
            return false;
        }

        try
        {
            using ZipArchive zip = new(Stream(file.Content), ZipArchiveMode.Read);
            return zip.GetEntry(part) is not null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public static ZipPackage Open(SourceFile file)
    {
        try
        {
            ZipArchive zip = new(Stream(file.Content), ZipArchiveMode.Read);
            if (zip.Entries.Count > MaxEntries)
            {
                Throw.Data($"a ZIP file of {zip.Entries.Count} parts, at most {MaxEntries} are read", file.Path);
            }

            return new ZipPackage(zip, file.Path);
        }
        catch (InvalidDataException error)
        {
            return Throw.Data<ZipPackage>("a damaged ZIP file", file.Path, inner: error);
        }
    }

    /// <summary>The bytes of a part; null when there is none of that name.</summary>
    public byte[]? Read(string part)
    {
        if (_zip.GetEntry(part) is not ZipArchiveEntry entry)
        {
            return null;
        }

        try
        {
            using Stream stream = entry.Open();
            using MemoryStream bytes = new();
            byte[] buffer = new byte[1 << 16];
            for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
            {
                bytes.Write(buffer, 0, read);
                _total += read;
                if (bytes.Length > MaxPart || _total > MaxTotal)
                {
                    Throw.Data($"part '{part}' unpacks to more than {MaxPart >> 20} MiB, or all parts to more than {MaxTotal >> 20} MiB: refused", _path);
                }
            }

            return bytes.ToArray();
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException or IOException)
        {
            return Throw.Data<byte[]>($"part '{part}' is damaged, encrypted or packed in a way that is not read", _path, inner: error);
        }
    }

    /// <summary>The root of an XML part; null when there is none of that name.</summary>
    public XElement? Xml(string part) => Read(part) is byte[] bytes ? XmlTree.Parse(new SourceFile($"{_path}/{part}", bytes, new Documents.Provenance { Source = "part" })) : null;

    /// <inheritdoc/>
    public void Dispose() => _zip.Dispose();

    private static MemoryStream Stream(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out ArraySegment<byte> array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(content.ToArray());
}
