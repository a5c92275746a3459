using System.Globalization;
using System.Text.Json;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Decoding;
using Jmlr.Ingest.Readers.Json;
using Jmlr.Ingest.Readers.Mapping;
using Jmlr.Ingest.Readers.Records;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Readers.Tabular;

/// <summary>
/// Comma- and tab-separated text: passages a row (ColBERT's collections, or columns named id, title, text), questions a row (MMLU, or named columns), else a table whose
/// rows carry the names of their columns.
/// </summary>
public sealed class TableReader : IRecordReader
{
    private const int Head = 1 << 16;
    private const int HeadRows = 40;

    /// <inheritdoc/>
    public string Format => "csv";

    /// <inheritdoc/>
    public double Recognise(SourceFile file)
    {
        bool named = file.Path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".tab", StringComparison.OrdinalIgnoreCase);
        string head = HeadOf(file);
        if (head.Length == 0 || head[0] is '{' or '[' or '<' or '#' || head.Contains('\0', StringComparison.Ordinal))
        {
            return 0;
        }

        char? delimiter = DelimitedText.Delimiter(head, named ? 1 : 4, named ? 2 : 3) ?? (named || head.Contains('\t', StringComparison.Ordinal) ? DelimitedText.Delimiter(head, named ? 1 : 4, 2) : null);
        if (!named && delimiter is not '\t' && DelimitedText.Delimiter(head, 2, 2) is char by && TableLayouts.Of([.. DelimitedText.Read(head, by).Take(HeadRows).Select(static record => record.Fields)]) == TableLayout.Records)
        {
            return 0.7; // few rows, but below names that records have
        }

        return named && delimiter is not null ? 0.92 : delimiter is '\t' ? 0.7 : delimiter is not null ? 0.5 : named ? 0.3 : 0;
    }

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        string text = TextDecoding.Decode(file.Content.Span, file.Path);
        TableShape shape = file.Part?.Layout as TableShape ?? Shape(file, text);
        IEnumerable<(int Line, List<string> Fields)> rows = DelimitedText.Read(text, shape.Delimiter);
        return shape.Layout == TableLayout.Rows ? [Table(file, rows)] : Records(file, rows.Skip(shape.HasHeader && file.Part is not { Records: > 0 } ? 1 : 0), shape);
    }

    RecordLayout? IRecordReader.Layout(SourceFile head)
    {
        ReadOnlySpan<byte> bytes = head.Content.Span;
        int end = bytes.LastIndexOf((byte)'\n');
        if (end < 0 || bytes.Contains((byte)0))
        {
            return null; // one line, or UTF-16
        }

        SourceFile lines = head with { Content = head.Content[..end] };
        TableShape shape = Shape(lines, TextDecoding.Decode(lines.Content.Span, head.Path));
        return shape.Layout == TableLayout.Rows ? null : shape; // a table of another kind is one document
    }

    private static TableShape Shape(SourceFile file, string text)
    {
        char delimiter = DelimitedText.Delimiter(HeadOf(file), 1, 2) ?? (text.Contains('\t', StringComparison.Ordinal) ? '\t' : ',');
        List<List<string>> head = [.. DelimitedText.Read(text, delimiter).Take(HeadRows).Select(static record => record.Fields)];
        if (head.Count == 0)
        {
            Throw.Data("no text found", file.Path);
        }

        if (file.Fields is FieldMap fields)
        {
            return new TableShape(delimiter, TableLayout.Records, TableLayouts.Named(head, fields, file.Path), hasHeader: !fields.IsByNumber);
        }

        TableLayout layout = TableLayouts.Of(head);
        return layout switch
        {
            TableLayout.Judgements => Throw.Data<TableShape>("relevance judgements of a retrieval benchmark, no documents", file.Path),
            TableLayout.Rows => new TableShape(delimiter, layout, [], hasHeader: true),
            TableLayout.Collection => new TableShape(delimiter, layout, ["id", "text", "title"], hasHeader: false),
            TableLayout.Questions => new TableShape(delimiter, layout, ["question", "A", "B", "C", "D", "answer"], hasHeader: false),
            _ => new TableShape(delimiter, layout, [.. head[0].Select(TableLayouts.Name)], hasHeader: true),
        };
    }

    private static IEnumerable<Document> Records(SourceFile file, IEnumerable<(int Line, List<string> Fields)> rows, TableShape shape)
    {
        bool any = file.Part is not null;
        bool lettered = shape.Layout == TableLayout.Questions;
        string[] names = shape.Names;
        long before = file.Part?.Lines ?? 0;
        foreach ((int line, List<string> fields) in rows)
        {
            any = true;
            SourceFile place = file with { Path = string.Create(CultureInfo.InvariantCulture, $"{file.Path}:{before + line}") };
            List<Document> documents = [];
            try
            {
                if (fields.Count < (lettered ? names.Length : Math.Min(names.Length, 2)) || fields.Count > names.Length)
                {
                    Throw.Data($"{fields.Count} fields, expected {names.Length}", place.Path);
                }

                using JsonDocument record = Record(names, fields, lettered);
                if (!JsonRecordReader.Matches(record.RootElement, file.Fields))
                {
                    Throw.Data("an empty text", place.Path);
                }

                documents.AddRange(JsonRecordReader.Read(place, record.RootElement, null, "csv"));
            }
            catch (JmlrDataException error) when (file.Reject is not null)
            {
                file.Reject(error);
            }

            foreach (Document document in documents)
            {
                yield return document;
            }
        }

        if (!any)
        {
            Throw.Data("no rows below the names of the columns", file.Path);
        }
    }

    private static JsonDocument Record(string[] names, List<string> fields, bool lettered)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            for (int i = 0; i < fields.Count; i++)
            {
                if (lettered && i == 1)
                {
                    json.WriteStartObject("options");
                }

                if (!(lettered && i == 5))
                {
                    json.WriteString(names[i], Valid(fields[i]));
                    continue;
                }

                json.WriteEndObject();
                json.WriteString(names[i], Valid(fields[i].Trim()));
            }

            json.WriteEndObject();
        }

        return JsonDocument.Parse(bytes.ToArray());
    }

    private Document Table(SourceFile file, IEnumerable<(int Line, List<string> Fields)> rows)
    {
        DocumentBuilder builder = new(file, Format);
        builder.Front.Set("title", Path.GetFileNameWithoutExtension(file.Path.Replace('\\', '/')), strict: false);
        List<string>? header = null;
        string? above = null;
        foreach ((int _, List<string> fields) in rows)
        {
            List<string> cells = [.. fields.Select(static field => CanonicalText.Of(field))];
            string own = string.Join(" | ", cells.Where(static cell => cell.Length > 0));
            if (header is null)
            {
                (header, above) = (cells, own);
                continue;
            }

            // A name over an empty field would stand nowhere.
            bool names = above is not null && header.Where((name, i) => name.Length > 0 && (i >= cells.Count || cells[i].Length == 0)).Any();
            string printed = string.Join("; ", cells.Select((cell, i) => cell.Length == 0 ? "" : i < header.Count && header[i].Length > 0 ? $"{header[i]}: {cell}" : cell).Where(static cell => cell.Length > 0));
            builder.Block(BlockForm.TableRow, above is null ? own : $"{above}\n{own}", rowText: !names ? printed : printed.Length > 0 ? $"{above}\n{printed}" : above, kind: ContentKind.Table);
            above = null;
        }

        builder.Block(BlockForm.TableRow, above ?? "", kind: ContentKind.Table); // a header alone
        return builder.Finish();
    }

    private static string Valid(string text) => text.All(static c => !char.IsSurrogate(c)) ? text : CanonicalText.Of(text);

    /// <summary>Whole lines of the beginning.</summary>
    private static string HeadOf(SourceFile file)
    {
        ReadOnlySpan<byte> bytes = file.Content.Span[..Math.Min(file.Content.Length, Head)];
        try
        {
            string text = TextDecoding.Decode(bytes, file.Path);
            int end = bytes.Length < file.Content.Length ? text.LastIndexOf('\n') : text.Length;
            return end > 0 ? text[..end] : "";
        }
        catch (JmlrDataException)
        {
            return "";
        }
    }
}
