using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store.Records;

/// <summary>Stored form of a document: text and sections; key, title and provenance are in the catalogue.</summary>
static class DocumentCodec
{
    public static void Write(RecordWriter writer, Document document)
    {
        writer.Text(document.Text);
        writer.Number(document.Sections.Count);
        foreach (Section section in document.Sections)
        {
            writer.Number(section.HeadingPath.Count);
            foreach (string heading in section.HeadingPath)
            {
                writer.Text(heading);
            }

            Write(writer, section.Span);
            writer.Byte(section.SourceSpan is null ? (byte)0 : (byte)1);
            if (section.SourceSpan is CharSpan source)
            {
                Write(writer, source);
            }

            writer.OptionalNumber(section.Page);
            writer.Number(section.Blocks.Count);
            foreach (Block block in section.Blocks)
            {
                writer.Byte((byte)block.Form);
                writer.Byte((byte)block.Kind);
                writer.Byte(block.LeadIn ? (byte)1 : (byte)0);
                Write(writer, block.Span);
                writer.OptionalText(block.Grade);
                writer.OptionalText(block.TableHeader);
                writer.OptionalText(block.RowText);
            }
        }
    }

    public static Document Read(ref RecordReader reader, DocumentRecord record)
    {
        string text = reader.Text();
        Section[] sections = new Section[reader.Count()];
        for (int i = 0; i < sections.Length; i++)
        {
            string[] path = new string[reader.Count()];
            for (int h = 0; h < path.Length; h++)
            {
                path[h] = reader.Text();
            }

            CharSpan span = Span(ref reader, text.Length);
            CharSpan? source = reader.Byte() == 0 ? null : Span(ref reader, int.MaxValue);
            int? page = (int?)reader.OptionalNumber();
            Block[] blocks = new Block[reader.Count()];
            for (int b = 0; b < blocks.Length; b++)
            {
                BlockForm form = (BlockForm)reader.Byte();
                ContentKind kind = (ContentKind)reader.Byte();
                bool leadIn = reader.Byte() != 0;
                CharSpan place = Span(ref reader, text.Length);
                blocks[b] = new Block(form, place, kind, reader.OptionalText(), reader.OptionalText(), leadIn, reader.OptionalText());
            }

            sections[i] = new Section(path, span, blocks, source, page);
        }

        return new Document
        {
            Key = record.Key,
            Version = record.Version,
            Title = record.Title,
            Provenance = record.Provenance,
            Text = text,
            Sections = sections,
            QuestionId = record.QuestionId,
        };
    }

    public static void Write(RecordWriter writer, CharSpan span)
    {
        writer.Number(span.Start);
        writer.Number(span.Length);
    }

    public static CharSpan Span(ref RecordReader reader, int limit)
    {
        int start = reader.Int();
        int length = reader.Int();
        if ((long)start + length > limit)
        {
            reader.Broken($"range {start}+{length} past {limit}");
        }

        return new CharSpan(start, start + length);
    }
}
