using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Store.Records;

/// <summary>Stored form of a group of passages: their count, the length of each, then each. One can be read without decoding the others.</summary>
static class PassageCodec
{
    /// <summary>Passages in a group: about 16 KB, so that one read of the disk serves one passage and its neighbours.</summary>
    public const int GroupSize = 16;

    public static void WriteGroup(RecordWriter writer, RecordWriter scratch, ReadOnlySpan<Passage> passages)
    {
        scratch.Clear();
        writer.Number(passages.Length);
        foreach (Passage passage in passages)
        {
            int before = scratch.Length;
            Write(scratch, passage);
            writer.Number(scratch.Length - before);
        }

        writer.Raw(scratch.Written);
    }

    /// <summary>The passages of a group, or only the one at <paramref name="only"/>.</summary>
    public static void ReadGroup(ref RecordReader reader, DocumentRecord record, int firstOrdinal, int? only, List<Passage> passages)
    {
        int count = reader.Count();
        if (count > GroupSize)
        {
            reader.Broken($"group of {count} passages, at most {GroupSize}");
        }

        Span<int> lengths = stackalloc int[GroupSize];
        for (int i = 0; i < count; i++)
        {
            lengths[i] = reader.Int();
        }

        for (int i = 0; i < count; i++)
        {
            if (only is int wanted && wanted != i)
            {
                reader.Raw(lengths[i]);
                continue;
            }

            int end = reader.Position + lengths[i];
            passages.Add(Read(ref reader, record, firstOrdinal + i));
            if (reader.Position != end)
            {
                reader.Broken($"passage of {lengths[i]} bytes ends at {reader.Position}, expected {end}");
            }
        }
    }

    private static void Write(RecordWriter writer, Passage passage)
    {
        writer.Number(passage.HeadingPath.Count);
        foreach (string heading in passage.HeadingPath)
        {
            writer.Text(heading);
        }

        writer.Text(passage.Title);
        writer.Text(passage.Text);
        DocumentCodec.Write(writer, passage.Span);
        writer.OptionalNumber(passage.Page);
        writer.Byte((byte)passage.Kind);
        writer.OptionalText(passage.Grade);
        writer.Text(passage.Language);
        writer.OptionalText(passage.QuestionId);
    }

    private static Passage Read(ref RecordReader reader, DocumentRecord record, int ordinal)
    {
        string[] path = new string[reader.Count()];
        for (int h = 0; h < path.Length; h++)
        {
            path[h] = reader.Text();
        }

        return new Passage
        {
            Id = new PassageId(record.Key, record.Version, ordinal),
            HeadingPath = path,
            Title = reader.Text(),
            Text = reader.Text(),
            Span = DocumentCodec.Span(ref reader, int.MaxValue),
            Page = (int?)reader.OptionalNumber(),
            Kind = (ContentKind)reader.Byte(),
            Grade = reader.OptionalText(),
            Language = reader.Text(),
            QuestionId = reader.OptionalText(),
        };
    }
}
