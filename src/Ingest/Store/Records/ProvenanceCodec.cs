using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store.Records;

/// <summary>Stored form of keys, versions and provenance.</summary>
static class ProvenanceCodec
{
    public static void Write(RecordWriter writer, DocumentKey key)
    {
        writer.Text(key.Source);
        writer.Text(key.Name);
    }

    public static DocumentKey ReadKey(ref RecordReader reader) => new(reader.SharedText(), reader.Text());

    public static void Write(RecordWriter writer, DocumentVersion version)
    {
        writer.Text(version.ContentHash);
        writer.Date(version.Published);
    }

    public static DocumentVersion ReadVersion(ref RecordReader reader) => new(reader.Text(), reader.Date());

    public static void Write(RecordWriter writer, Provenance provenance)
    {
        writer.Text(provenance.Source);
        writer.OptionalText(provenance.Publisher);
        writer.OptionalText(provenance.Url);
        writer.OptionalText(provenance.Jurisdiction);
        writer.OptionalText(provenance.Licence);
        writer.Date(provenance.Published);
        writer.Moment(provenance.Retrieved);
        writer.OptionalText(provenance.Supersedes?.ToString());
        writer.OptionalText(provenance.EvidenceGrade);
        writer.Byte(provenance.Withdrawn ? (byte)1 : (byte)0);
        writer.Text(provenance.Language);
        writer.OptionalText(provenance.File);
        writer.OptionalText(provenance.FileHash);
        writer.OptionalText(provenance.Format);
    }

    public static Provenance ReadProvenance(ref RecordReader reader) => new()
    {
        Source = reader.SharedText(),
        Publisher = reader.OptionalSharedText(),
        Url = reader.OptionalText(),
        Jurisdiction = reader.OptionalSharedText(),
        Licence = reader.OptionalSharedText(),
        Published = reader.Date(),
        Retrieved = reader.Moment(),
        Supersedes = OptionalKey(ref reader),
        EvidenceGrade = reader.OptionalSharedText(),
        Withdrawn = reader.Byte() != 0,
        Language = reader.SharedText(),
        File = reader.OptionalSharedText(),
        FileHash = reader.OptionalSharedText(), // of a file of many records
        Format = reader.OptionalSharedText(),
    };

    private static DocumentKey? OptionalKey(ref RecordReader reader)
    {
        if (reader.OptionalText() is not string text)
        {
            return null;
        }

        if (!DocumentKey.TryParse(text, out DocumentKey key))
        {
            reader.Broken("key of the superseded document is none");
        }

        return key;
    }
}
