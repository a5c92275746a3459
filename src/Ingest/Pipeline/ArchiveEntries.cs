using Jmlr.Ingest.Readers;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Pipeline;

/// <summary>The files of one archive as they are opened, one after the other: within its bounds, under its source.json files, and with a reason by name where one is not read.</summary>
/// <param name="input">The archive.</param>
/// <param name="packed">Bytes of the archive itself that have been read.</param>
/// <param name="readers">Tells records apart.</param>
/// <param name="request">What is ingested.</param>
/// <param name="cancellation">Ends it.</param>
sealed class ArchiveEntries(InputFile input, Func<long> packed, ReaderRegistry readers, IngestRequest request, CancellationToken cancellation)
{
    private readonly ArchiveBudget _budget = new(input);
    private readonly ArchiveDefaults _defaults = new(input, request.Provenance);

    /// <summary>The pieces of a file of the archive; none when it only describes others.</summary>
    /// <param name="name">Its name in the archive.</param>
    /// <param name="why">Why it is not read, when that is known.</param>
    /// <param name="open">Its bytes, unpacked.</param>
    /// <param name="isOnce">True when they can be read only once.</param>
    public IEnumerable<FilePiece> Read(string name, string? why, Func<Stream> open, bool isOnce)
    {
        _budget.Count();
        string path = $"{input.Name}/{name}";
        return _defaults.IsReadme(name) ? [] : FilePiece.Guarded(Pieces(name, path, why ?? WhyNot(name), open, isOnce), error => error switch
        {
            InvalidDataException or NotSupportedException or EndOfStreamException => new Rejection(path, "damaged, encrypted or packed in a way that is not read"),
            JmlrDataException refused when refused.Path == path => new Rejection(path, refused.What),
            _ => null,
        });
    }

    private IEnumerable<FilePiece> Pieces(string name, string path, string? why, Func<Stream> open, bool isOnce)
    {
        if (why is not null)
        {
            Throw.Data(why, path);
        }

        using CountingStream stream = new(open(), bytes => _budget.Add(bytes, packed()));
        if (ArchiveDefaults.Is(name))
        {
            _defaults.Add(name, Description(stream, path));
            yield break;
        }

        using PeekStream peek = new(stream);
        if (Archive.Kind(peek.Head) is ArchiveKind.Tar or ArchiveKind.TarGzip || peek.Head.Span.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            Throw.Data("packed inside an archive: unpack it first", path);
        }

        InputFile file = new(null, path, _defaults.For(name));
        foreach (FilePiece piece in new FileContent(file, readers, request, isOnce ? null : () => Again(open)).Read(peek, cancellation))
        {
            yield return piece;
        }
    }

    private CountingStream Again(Func<Stream> open)
    {
        ArchiveBudget budget = new(input);
        return new CountingStream(open(), bytes => budget.Add(bytes, packed()));
    }

    private static ReadOnlySpan<byte> Description(Stream stream, string path)
    {
        byte[] content = new byte[SourceDefaults.MaxBytes + 1];
        int length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (length > SourceDefaults.MaxBytes)
        {
            Throw.Data($"more than {SourceDefaults.MaxBytes} bytes", path);
        }

        return content.AsSpan(0, length);
    }

    private static string? WhyNot(string name) =>
        name.Length == 0 || name[0] == '/' || name.Contains('\\', StringComparison.Ordinal) || (name.Length > 1 && name[1] == ':') || name.Split('/').Contains("..") ? "a name that leads out of the archive"
        : name.Any(char.IsControl) ? "control characters in the name"
        : null;
}
