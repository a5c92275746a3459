using System.IO.Compression;
using Jmlr.Ingest.Readers;

namespace Jmlr.Ingest.Pipeline;

/// <summary>Kinds of archives.</summary>
enum ArchiveKind
{
    None,
    Zip,
    Tar,
    TarGzip,
}

/// <summary>
/// The files of zip and tar archives, one after the other, without a file being written. Bounds on their number, on what they unpack to and on the ratio; links, names
/// that lead out of the archive and archives inside are rejected by name, the rest is read.
/// </summary>
static class Archive
{
    /// <summary>What the beginning of a file is. DOCX, EPUB and other documents that are ZIP files are told apart when the archive is open.</summary>
    public static ArchiveKind Kind(ReadOnlyMemory<byte> head)
    {
        ReadOnlySpan<byte> bytes = head.Span;
        if (bytes.StartsWith("PK\x03\x04"u8) || bytes.StartsWith("PK\x05\x06"u8))
        {
            return ArchiveKind.Zip;
        }

        return IsTar(bytes) ? ArchiveKind.Tar : bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) && IsTar(Unpacked(head)) ? ArchiveKind.TarGzip : ArchiveKind.None;
    }

    /// <summary>The files of a zip archive; null when it is a document (DOCX, EPUB, a spreadsheet).</summary>
    public static IEnumerable<FilePiece>? Zip(InputFile input, Stream stream, ReaderRegistry readers, IngestRequest request, CancellationToken cancellation)
    {
        ZipArchive zip;
        bool document;
        try
        {
            zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            document = zip.GetEntry("[Content_Types].xml") is not null || zip.GetEntry("META-INF/container.xml") is not null || zip.GetEntry("mimetype") is not null; // reads the directory
        }
        catch (Exception error) when (error is InvalidDataException or IOException or ArgumentException)
        {
            return Throw.Data<IEnumerable<FilePiece>>("a damaged ZIP file", input.Name, inner: error);
        }

        if (document)
        {
            zip.Dispose();
            return null;
        }

        return Zip(input, zip, stream.Length, readers, request, cancellation);
    }

    /// <summary>The files of a tar archive, plain or unpacked on the way.</summary>
    public static IEnumerable<FilePiece> Tar(InputFile input, Stream stream, CountingStream packed, ReaderRegistry readers, IngestRequest request, CancellationToken cancellation)
    {
        ArchiveEntries entries = new(input, () => packed.Count, readers, request, cancellation);
        ArchiveBudget whole = new(input); // what is passed over is unpacked too
        TarFiles tar = new(new CountingStream(stream, bytes => whole.Add(bytes, packed.Count)), input.Name);
        while (tar.Next(out string name, out TarKind kind))
        {
            if (kind == TarKind.Folder || IsPassedOver(name))
            {
                continue;
            }

            foreach (FilePiece piece in entries.Read(name, kind == TarKind.File ? null : "a link or device in an archive: only files are read", tar.Content, isOnce: true))
            {
                yield return piece;
            }
        }
    }

    private static IEnumerable<FilePiece> Zip(InputFile input, ZipArchive zip, long packed, ReaderRegistry readers, IngestRequest request, CancellationToken cancellation)
    {
        using (zip)
        {
            ArchiveEntries entries = new(input, () => packed, readers, request, cancellation);
            foreach (ZipArchiveEntry entry in zip.Entries.OrderBy(static entry => !ArchiveDefaults.Is(entry.FullName)).ThenBy(static entry => entry.FullName, StringComparer.Ordinal))
            {
                if (entry.FullName.EndsWith('/') || IsPassedOver(entry.FullName))
                {
                    continue;
                }

                bool link = ((entry.ExternalAttributes >> 16) & 0xF000) == 0xA000; // S_IFLNK of the mode that Unix tools store
                foreach (FilePiece piece in entries.Read(entry.FullName, link ? "a link in an archive: only files are read" : null, entry.Open, isOnce: false))
                {
                    yield return piece;
                }
            }
        }
    }

    private static bool IsTar(ReadOnlySpan<byte> bytes) => bytes.Length >= 512 && bytes[257..].StartsWith("ustar"u8);

    private static ReadOnlySpan<byte> Unpacked(ReadOnlyMemory<byte> head)
    {
        byte[] first = new byte[512];
        try
        {
            using GZipStream gzip = new(new MemoryStream(head.ToArray()), CompressionMode.Decompress);
            return first.AsSpan(0, gzip.ReadAtLeast(first, first.Length, throwOnEndOfStream: false));
        }
        catch (InvalidDataException)
        {
            return default;
        }
    }

    /// <summary>What a folder walk passes over: hidden files, licences, the resource forks of macOS.</summary>
    private static bool IsPassedOver(string name) => Array.Exists(name.Split('/'), static part => (part.StartsWith('.') && part is not ("." or "..")) || part == "__MACOSX")
        || (!ArchiveDefaults.Is(name) && FileFinder.IsIgnored(name[(name.LastIndexOf('/') + 1)..]));
}
