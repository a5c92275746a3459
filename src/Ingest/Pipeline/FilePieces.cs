using System.IO.Compression;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Web;

namespace Jmlr.Ingest.Pipeline;

/// <summary>What an input file holds: itself, the pieces of a long one, or the files of an archive. Told by content.</summary>
static class FilePieces
{
    public static IEnumerable<FilePiece> Read(InputFile named, ReaderRegistry readers, IngestRequest request, WebFetcher? web, CancellationToken cancellation)
    {
        FetchedPage? page = named.Address is Uri address ? web!.Fetch(address, cancellation) : null;
        InputFile input = page is null ? named : named with { Defaults = named.Defaults with { Url = page.FinalUrl } };
        using Stream raw = page?.Body ?? Open(input, request);
        using PeekStream peek = new(raw);
        ArchiveKind kind = Archive.Kind(Head(peek, input));
        using Stream whole = kind == ArchiveKind.Zip ? Seekable(raw, peek, input, request) : Stream.Null;
        using CountingStream counted = new(peek);
        using Stream unpacked = kind == ArchiveKind.TarGzip ? new GZipStream(counted, CompressionMode.Decompress, leaveOpen: true) : Stream.Null;
        IEnumerable<FilePiece>? files = kind switch
        {
            ArchiveKind.Zip => Archive.Zip(input, whole, readers, request, cancellation),
            ArchiveKind.Tar => Archive.Tar(input, counted, counted, readers, request, cancellation),
            ArchiveKind.TarGzip => Archive.Tar(input, unpacked, counted, readers, request, cancellation),
            _ => null,
        };
        if (files is null && kind == ArchiveKind.Zip)
        {
            whole.Position = 0;
        }

        files ??= new FileContent(input, readers, request, input.FullPath is null ? null : () => Open(input, request)).Read(kind == ArchiveKind.Zip ? whole : peek, cancellation);
        foreach (FilePiece file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return file;
        }
    }

    private static Stream Open(InputFile input, IngestRequest request)
    {
        if (input.FullPath is null)
        {
            return request.StandardInput ?? Console.OpenStandardInput();
        }

        try
        {
            return new FileStream(input.FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Throw.Data<Stream>($"cannot be read ({error.Message.ReplaceLineEndings(" ")})", input.Name, inner: error);
        }
    }

    private static ReadOnlyMemory<byte> Head(PeekStream peek, InputFile input)
    {
        try
        {
            return peek.Head;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Throw.Data<ReadOnlyMemory<byte>>($"cannot be read ({error.Message.ReplaceLineEndings(" ")})", input.Name, inner: error);
        }
    }

    /// <summary>The directory of a ZIP file is at its end: what cannot be rewound is read into memory first.</summary>
    private static Stream Seekable(Stream raw, PeekStream peek, InputFile input, IngestRequest request)
    {
        if (raw.CanSeek)
        {
            raw.Position = 0;
            return raw;
        }

        MemoryStream all = new();
        byte[] buffer = new byte[1 << 16];
        for (int read = peek.Read(buffer); read > 0; read = peek.Read(buffer))
        {
            all.Write(buffer, 0, read);
            if (all.Length > request.MaxFileBytes)
            {
                Throw.Data($"a ZIP file of more than {request.MaxFileBytes} bytes on standard input: name it as a file", input.Name);
            }
        }

        all.Position = 0;
        return all;
    }
}
