using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Mapping;

namespace Jmlr.Ingest.Readers.Json;

/// <summary>One record of a JSON file to documents: a question document and a reasoning document, or one text document.</summary>
static class JsonRecordReader
{
    private const int TitleLength = 90;
    private static readonly string[] TextNames = ["clean_text", "content", "contents", "text", "body", "abstract"];

    /// <summary>True for a record that this reader understands, by the user's map when there is one.</summary>
    public static bool Matches(JsonElement record, FieldMap? fields) => fields is { HasContent: true } ? fields.Matches(record) : IsKnown(record);

    /// <summary>What is expected of a record, for messages.</summary>
    public static string Expected(FieldMap? fields) => fields is not { HasContent: true }
        ? "expected question/options/answer, input/output, reasoning, or title/text; --map names other fields"
        : $"expected by --map, with a value: {fields.Main}";

    private static bool IsKnown(JsonElement record) => QuestionFields.Matches(record) || Array.Exists(TextNames, name => QuestionFields.HasText(record, name));

    public static IEnumerable<Document> Read(SourceFile file, JsonElement record, string? key, string format)
    {
        MappedRecord? mapped = file.Fields is null ? null : new MappedRecord(file.Fields, record);
        bool question = file.Fields is FieldMap map && (map.IsQuestion || map.Has("text")) ? map.IsQuestion : QuestionFields.Matches(record);
        if (!question)
        {
            return [Text(file, record, mapped, key, format)];
        }

        QuestionFields fields = QuestionFields.Read(record, key);
        return Question(file, mapped?.Question(fields) ?? fields, mapped, format);
    }

    private static IEnumerable<Document> Question(SourceFile file, QuestionFields fields, MappedRecord? mapped, string format)
    {
        string stem = Lines(fields.Stem());
        if (stem.Length == 0 && fields.Reasoning is null)
        {
            Throw.Data("neither a question nor a reasoning in the record", file.Path);
        }

        string id = fields.Id ?? string.Create(CultureInfo.InvariantCulture, $"q{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(stem + fields.Reasoning)):x16}");
        string title = fields.Topic is null ? Short(fields.Question.Length > 0 ? fields.Question : $"Question {id}") : CanonicalText.Of(fields.Topic);
        if (stem.Length > 0)
        {
            yield return Build(file, id, title, "Question", [stem], ContentKind.Question, id, mapped, format);
        }

        if (fields.Reasoning is not null)
        {
            string name = $"{id}/{fields.Writer ?? "reasoning"}";
            string[] parts = fields.AnswerLine() is string answer ? [Lines(fields.Reasoning), Lines(answer)] : [Lines(fields.Reasoning)];
            yield return Build(file, name, title, "Reasoning", parts, ContentKind.Reasoning, id, mapped, format);
        }
    }

    private static Document Text(SourceFile file, JsonElement record, MappedRecord? mapped, string? key, string format)
    {
        string text = (file.Fields?.Has("text") == true ? mapped!.Text : TextNames.Select(name => QuestionFields.Text(record, name)).FirstOrDefault(static t => t is not null)) ?? Throw.Data<string>("no text in the record", file.Path);
        DocumentBuilder builder = new(file, format);
        string id = mapped?.Id ?? QuestionFields.Text(record, "id") ?? QuestionFields.Text(record, "_id") ?? key ?? $"r{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text)):x16}";
        builder.Front.Set("key", KeyText.Clean(id, forSource: false), strict: false);
        mapped?.Fill(builder.Front);
        builder.Front.Set("title", QuestionFields.Text(record, "title"), strict: false);
        builder.Front.Set("url", QuestionFields.Text(record, "url"), strict: false);
        builder.Front.Set("publisher", QuestionFields.Text(record, "source"), strict: false);
        builder.Front.Set("published", QuestionFields.Text(record, "date") ?? QuestionFields.Text(record, "published"), strict: false);
        foreach (Range raw in text.AsSpan().Split('\n'))
        {
            string line = CanonicalText.Of(text.AsSpan()[raw]);
            int level = line.Length > 0 && line[0] == '#' ? line.AsSpan().IndexOfAnyExcept('#') : 0;
            if (level is > 0 and <= 6 && line.Length > level && line[level] == ' ')
            {
                builder.Heading(level, line[(level + 1)..].Trim());
            }
            else
            {
                builder.Block(line.StartsWith("- ", StringComparison.Ordinal) ? BlockForm.ListItem : BlockForm.Paragraph, line, leadIn: line.Length < 400 && line.EndsWith(':'));
            }
        }

        builder.Front.Set("title", Short(text), strict: false);
        return builder.Finish();
    }

    private static Document Build(SourceFile file, string name, string title, string heading, string[] parts, ContentKind kind, string questionId, MappedRecord? mapped, string format)
    {
        DocumentBuilder builder = new(file, format);
        builder.Front.Set("key", KeyText.Clean(name, forSource: false), strict: false);
        mapped?.Fill(builder.Front);
        builder.Front.Set("title", $"{title} ({heading.ToLowerInvariant()})", strict: false);
        foreach (string part in parts)
        {
            foreach (string line in part.Split('\n'))
            {
                builder.Block(BlockForm.Paragraph, line, kind: kind);
            }
        }

        return builder.Finish(questionId);
    }

    private static string Lines(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(static line => CanonicalText.Of(line)).Where(static line => line.Length > 0));

    private static string Short(string text)
    {
        string line = CanonicalText.Of(text.Length > 500 ? text.AsSpan(0, 500) : text);
        if (line.Length <= TitleLength)
        {
            return line;
        }

        int cut = line.LastIndexOf(' ', TitleLength);
        return $"{line[..(cut > 20 ? cut : TitleLength)].TrimEnd(',', ';', ' ')}…";
    }
}
