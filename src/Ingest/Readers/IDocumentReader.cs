using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Mapping;
using Jmlr.Ingest.Readers.Records;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Readers;

/// <summary>One source file, opened and hashed.</summary>
/// <param name="Path">Path for messages, relative to what the user named.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Defaults">Provenance that holds when the file does not say otherwise (source, licence, publisher, jurisdiction, file, hash).</param>
public sealed record SourceFile(string Path, ReadOnlyMemory<byte> Content, Provenance Defaults)
{
    /// <summary>Told of a bad record of a file of many records, which is then passed over; null: the record ends the reading.</summary>
    public Action<JmlrDataException>? Reject { get; init; }

    /// <summary>What the fields of records are, where the user says it; other formats than records pass it over.</summary>
    public FieldMap? Fields { get; init; }

    /// <summary>Which piece of the file <see cref="Content"/> is, when a long file of records comes in pieces; null: all of it.</summary>
    internal RecordPart? Part { get; init; }
}

/// <summary>Turns a source file of one format into documents. Readers are stateless and thread-safe; hostile input ends in a <see cref="JmlrDataException"/>.</summary>
public interface IDocumentReader
{
    /// <summary>Name of the format, as in <c>--format</c>.</summary>
    string Format { get; }

    /// <summary>How sure the reader is that the content is its format: 0 (no) to 1 (certain). Looks at content first, extension last.</summary>
    double Recognise(SourceFile file);

    /// <summary>Reads the documents of the file (one, or one a record).</summary>
    IEnumerable<Document> Read(SourceFile file);
}
