using System.IO.Hashing;
using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store.Records;

namespace Jmlr.Ingest.Store.Catalogue;

/// <summary>What the catalogue keeps of a document version. Its state is not stored: it follows from dates, order and links.</summary>
sealed record CatalogueEntry
{
    public required DocumentKey Key { get; init; }

    public required DocumentVersion Version { get; init; }

    public required string Title { get; init; }

    public required Provenance Provenance { get; init; }

    public required int PassageCount { get; init; }

    public required long TextLength { get; init; }

    public required DateTimeOffset Ingested { get; init; }

    public string? QuestionId { get; init; }

    /// <summary>Order of ingestion; decides between versions of one date.</summary>
    public required long Sequence { get; init; }

    public bool Removed { get; init; }

    /// <summary>Address of the document's record.</summary>
    public required long Document { get; init; }

    /// <summary>Addresses of the passage groups, in order.</summary>
    public required long[] Groups { get; init; }

    /// <summary>Tag of the records of a version: a record read from a wrong place is noticed.</summary>
    public ulong Tag => TagOf(Key, Version);

    public static ulong TagOf(DocumentKey key, DocumentVersion version) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{key}@{version}"));

    public DocumentRecord ToRecord(VersionState state) =>
        new(Key, Version, Title, Provenance, state, PassageCount, TextLength, Ingested, QuestionId);

    public void Write(RecordWriter writer)
    {
        ProvenanceCodec.Write(writer, Key);
        ProvenanceCodec.Write(writer, Version);
        writer.Text(Title);
        ProvenanceCodec.Write(writer, Provenance);
        writer.Number(PassageCount);
        writer.Number(TextLength);
        writer.Moment(Ingested);
        writer.OptionalText(QuestionId);
        writer.Number(Sequence);
        writer.Byte(Removed ? (byte)1 : (byte)0);
        writer.Number(Document);
        writer.Number(Groups.Length);
        foreach (long group in Groups)
        {
            writer.Number(group);
        }
    }

    public static CatalogueEntry Read(ref RecordReader reader)
    {
        CatalogueEntry entry = new()
        {
            Key = ProvenanceCodec.ReadKey(ref reader),
            Version = ProvenanceCodec.ReadVersion(ref reader),
            Title = reader.Text(),
            Provenance = ProvenanceCodec.ReadProvenance(ref reader),
            PassageCount = reader.Int(),
            TextLength = reader.Number(),
            Ingested = reader.Moment() ?? default,
            QuestionId = reader.OptionalText(),
            Sequence = reader.Number(),
            Removed = reader.Byte() != 0,
            Document = reader.Number(),
            Groups = new long[reader.Count()],
        };
        for (int i = 0; i < entry.Groups.Length; i++)
        {
            entry.Groups[i] = reader.Number();
        }

        if (entry.Groups.Length != (entry.PassageCount + PassageCodec.GroupSize - 1) / PassageCodec.GroupSize)
        {
            reader.Broken($"{entry.Groups.Length} groups for {entry.PassageCount} passages of {entry.Key}");
        }

        return entry;
    }
}
