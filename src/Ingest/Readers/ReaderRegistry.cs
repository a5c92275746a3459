using Jmlr.Ingest.Readers.Docx;
using Jmlr.Ingest.Readers.Epub;
using Jmlr.Ingest.Readers.Html;
using Jmlr.Ingest.Readers.Json;
using Jmlr.Ingest.Readers.Markdown;
using Jmlr.Ingest.Readers.Packages;
using Jmlr.Ingest.Readers.Parquet;
using Jmlr.Ingest.Readers.Pdf;
using Jmlr.Ingest.Readers.PlainText;
using Jmlr.Ingest.Readers.Records;
using Jmlr.Ingest.Readers.Tabular;
using Jmlr.Ingest.Readers.Xml;

namespace Jmlr.Ingest.Readers;

/// <summary>All readers; finds the one for a file by its content, the extension last.</summary>
public sealed class ReaderRegistry
{
    private readonly IReadOnlyList<IDocumentReader> _readers;

    /// <summary>A registry of the given readers; of equally sure ones the first wins.</summary>
    public ReaderRegistry(IEnumerable<IDocumentReader> readers) => _readers = [.. readers];

    /// <summary>PDF, DOCX, EPUB, HTML, XML, JSON, Parquet, CSV, Markdown and plain text.</summary>
    public static ReaderRegistry Default { get; } = new([new PdfReader(), new DocxReader(), new EpubReader(), new HtmlReader(), new XmlDocumentReader(), new JsonReader(), new ParquetFileReader(), new TableReader(), new MarkdownReader(), new PlainTextReader()]);

    /// <summary>Names of the formats, as in <c>--format</c>.</summary>
    public IEnumerable<string> Formats => _readers.Select(static reader => reader.Format);

    /// <summary>The name in <see cref="Formats"/> of what a user calls a format, by that name or by the ending of its files, in any case; null when there is none.</summary>
    public string? FormatOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string said = name.TrimStart('.').ToLowerInvariant();
        string format = said switch
        {
            "jsonl" or "ndjson" => "json",
            "tsv" => "csv",
            "md" => "markdown",
            "txt" => "text",
            "htm" or "xhtml" => "html",
            _ => said,
        };
        return Formats.FirstOrDefault(known => known == format);
    }

    /// <summary>The reader of a file; refuses content that none recognises, and formats that there are not.</summary>
    public IDocumentReader For(SourceFile file, string? format = null)
    {
        if (format is not null)
        {
            return _readers.FirstOrDefault(reader => reader.Format == format)
                ?? Throw.Usage<IDocumentReader>($"no format '{format}': known are {string.Join(", ", Formats)}");
        }

        if (file.Content.IsEmpty)
        {
            Throw.Data("the file is empty", file.Path);
        }

        if (KnownBinary(file.Content.Span) is string kind)
        {
            Throw.Data($"{kind} is not read: convert it to HTML, Markdown or text", file.Path);
        }

        (IDocumentReader best, double most) = Best(file);
        if (most == 0 && ZipPackage.IsZip(file.Content.Span))
        {
            Throw.Data("a ZIP file that is neither DOCX nor EPUB (a spreadsheet, a presentation?): not read", file.Path);
        }

        return most > 0 ? best : Throw.Data<IDocumentReader>("no known format (binary content?): expected PDF, DOCX, EPUB, HTML, XML, JSON, Parquet, CSV, Markdown or text", file.Path);
    }

    /// <summary>The piece that begins a long file of records; null when the file has to be read whole.</summary>
    internal RecordPart? Part(SourceFile head, string? format = null)
    {
        IDocumentReader reader = format is null ? Best(head).Reader : For(head, format);
        return reader is IRecordReader records && records.Layout(head) is RecordLayout layout ? new RecordPart(reader.Format, layout) : null;
    }

    private (IDocumentReader Reader, double Sure) Best(SourceFile file)
    {
        (IDocumentReader Reader, double Sure) best = (_readers[0], 0);
        foreach (IDocumentReader reader in _readers)
        {
            double sure = reader.Recognise(file);
            best = sure > best.Sure ? (reader, sure) : best;
        }

        return best;
    }

    private static string? KnownBinary(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]) ? "an old Office file (save it as .docx)"
        : bytes.StartsWith("{\\rtf"u8) ? "RTF (save it as .docx)"
        : bytes.StartsWith("\x7FELF"u8) ? "a program"
        : bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "an image"
        : null;
}
