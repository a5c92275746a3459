using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Models.Errors;

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
    public static IEnumerable<FilePiece>? Zip(InputFile input, Stream stream, IngestRequest request)
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

        return Zip(input, zip, stream.Length, request);
    }

    /// <summary>The files of a tar archive, plain or unpacked on the way.</summary>
    public static IEnumerable<FilePiece> Tar(InputFile input, Stream stream, CountingStream packed, IngestRequest request)
    {
        using TarReader tar = new(stream, leaveOpen: true);
        ArchiveBudget budget = new(input);
        ArchiveDefaults defaults = new(input, request.Provenance);
        while (Next(tar, input) is TarEntry entry)
        {
            string name = entry.Name;
            if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes || IsPassedOver(name))
            {
                continue;
            }

            budget.Count();
            string? why = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile ? WhyNot(name) : "a link or device in an archive: only files are read";
            if (!defaults.IsReadme(name) && Piece(input, name, why, () => entry.DataStream ?? Stream.Null, request, defaults, budget, () => packed.Count) is FilePiece piece)
            {
                yield return piece;
            }
        }
    }

    private static IEnumerable<FilePiece> Zip(InputFile input, ZipArchive zip, long packed, IngestRequest request)
    {
        using (zip)
        {
            ArchiveBudget budget = new(input);
            ArchiveDefaults defaults = new(input, request.Provenance);
            foreach (ZipArchiveEntry entry in zip.Entries.OrderBy(static entry => !ArchiveDefaults.Is(entry.FullName)).ThenBy(static entry => entry.FullName, StringComparer.Ordinal))
            {
                if (entry.FullName.EndsWith('/') || IsPassedOver(entry.FullName))
                {
                    continue;
                }

                budget.Count();
                bool link = ((entry.ExternalAttributes >> 16) & 0xF000) == 0xA000; // S_IFLNK of the mode that Unix tools store
                string? why = link ? "a link in an archive: only files are read" : WhyNot(entry.FullName);
                if (!defaults.IsReadme(entry.FullName) && Piece(input, entry.FullName, why, entry.Open, request, defaults, budget, () => packed) is FilePiece piece)
                {
                    yield return piece;
                }
            }
        }
    }

    /// <summary>A file of the archive, or why not; null for a source.json that is taken.</summary>
    private static FilePiece? Piece(InputFile input, string name, string? why, Func<Stream> open, IngestRequest request, ArchiveDefaults defaults, ArchiveBudget budget, Func<long> packed)
    {
        string path = $"{input.Name}/{name}";
        try
        {
            if (why is not null)
            {
                Throw.Data(why, path);
            }

            using Stream stream = open();
            if (ArchiveDefaults.Is(name))
            {
                defaults.Add(name, Read(stream, path, SourceDefaults.MaxBytes, budget, packed));
                return null;
            }

            byte[] content = Read(stream, path, request.MaxFileBytes, budget, packed);
            if (Kind(content.AsMemory(0, Math.Min(content.Length, 1 << 16))) is ArchiveKind.Tar or ArchiveKind.TarGzip || content.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            {
                Throw.Data("packed inside an archive: unpack it first", path);
            }

            Provenance provenance = defaults.For(name) with { File = path, FileHash = Convert.ToHexStringLower(SHA256.HashData(content)), Retrieved = DateTimeOffset.UtcNow };
            return new FilePiece(new SourceFile(path, content, provenance), null);
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException or EndOfStreamException)
        {
            return new FilePiece(null, new Rejection(path, "damaged, encrypted or packed in a way that is not read"));
        }
        catch (JmlrDataException error) when (error.Path == path)
        {
            return new FilePiece(null, new Rejection(path, error.What));
        }
    }

    private static byte[] Read(Stream stream, string path, long most, ArchiveBudget budget, Func<long> packed)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[1 << 16];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            content.Write(buffer, 0, read);
            budget.Add(read, packed());
            if (content.Length > most)
            {
                Throw.Data($"more than {most} bytes: split the file", path);
            }
        }

        return content.ToArray();
    }

    private static TarEntry? Next(TarReader tar, InputFile input)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception error) when (error is not (JmlrException or OutOfMemoryException))
        {
            // The reader of the runtime throws whatever a damaged header leads to (overflows, invalid operations).
            return Throw.Data<TarEntry?>("a damaged tar archive", input.Name, inner: error);
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

    private static string? WhyNot(string name) =>
        name.Length == 0 || name[0] == '/' || name.Contains('\\', StringComparison.Ordinal) || (name.Length > 1 && name[1] == ':') || name.Split('/').Contains("..") ? "a name that leads out of the archive"
        : name.Any(char.IsControl) ? "control characters in the name"
        : null;
}
