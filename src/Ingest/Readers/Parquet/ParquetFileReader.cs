using System.Collections;
using System.Globalization;
using System.Text.Json;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Json;
using Jmlr.Models.Errors;
using Parquet.Serialization;

namespace Jmlr.Ingest.Readers.Parquet;

/// <summary>Parquet files of records: the same columns as JSON lines have fields, read one row group at a time.</summary>
public sealed class ParquetFileReader : IDocumentReader
{
    private const int MaxDepth = 16;

    /// <inheritdoc/>
    public string Format => "parquet";

    /// <inheritdoc/>
    public double Recognise(SourceFile file) => file.Content.Span.StartsWith("PAR1"u8) && file.Content.Span.EndsWith("PAR1"u8) ? 1 : 0;

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        using BoundedStream stream = new(file.Content.ToArray());
        (int groups, string[] columns) = Guard(file, () => Shape(stream.Renew(), file.Content));
        if (file.Fields is { HasContent: true } fields && !fields.Theirs.Any(name => columns.Contains(name) || columns.Contains(name.Split('.')[0])))
        {
            Throw.Data($"no column that --map names ({string.Join(", ", fields.Theirs)}): there are {string.Join(", ", columns.Take(40))}", file.Path);
        }

        long number = 0;
        for (int group = 0; group < groups; group++)
        {
            int at = group;
            IList<Dictionary<string, object>> rows = Guard(file, () => ParquetSerializer.DeserializeUntypedAsync(stream.Renew(), rowGroupIndex: at).GetAwaiter().GetResult().Data);
            foreach (Dictionary<string, object> row in rows)
            {
                number++;
                SourceFile place = file with { Path = string.Create(CultureInfo.InvariantCulture, $"{file.Path}:row {number}") };
                List<Document> documents = [];
                try
                {
                    using JsonDocument record = Record(row);
                    if (!JsonRecordReader.Matches(record.RootElement, file.Fields))
                    {
                        Throw.Data($"columns {string.Join(", ", row.Keys.Take(12))} are no known record: {JsonRecordReader.Expected(file.Fields)}", place.Path);
                    }

                    documents.AddRange(JsonRecordReader.Read(place, record.RootElement, null, Format));
                }
                catch (JmlrDataException error) when (file.Reject is not null && (number > 1 || file.Fields is not null))
                {
                    file.Reject(error);
                }

                foreach (Document document in documents)
                {
                    yield return document;
                }
            }
        }

        if (number == 0)
        {
            Throw.Data("a Parquet file without rows", file.Path);
        }
    }

    /// <summary>Number of row groups, and the names of the columns.</summary>
    private static (int Groups, string[] Columns) Shape(Stream stream, ReadOnlyMemory<byte> content)
    {
        ParquetBounds.CheckFooter(content);
        global::Parquet.ParquetReader reader = global::Parquet.ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult();
        try
        {
            ParquetBounds.Check(reader.Metadata!, content);
            return (reader.RowGroupCount, [.. reader.Schema.Fields.Select(static field => field.Name)]);
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static T Guard<T>(SourceFile file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (JmlrException or OutOfMemoryException))
        {
            // Parquet.Net throws whatever a damaged file leads to.
            string what = error.Message.ReplaceLineEndings(" ");
            return Throw.Data<T>($"a damaged Parquet file ({(what.Length > 160 ? what[..160] + "…" : what)})", file.Path, inner: error);
        }
    }

    private static JsonDocument Record(Dictionary<string, object> row)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            Write(json, row, 0);
        }

        return JsonDocument.Parse(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, object? value, int depth)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case byte[] raw:
                json.WriteStringValue(System.Text.Encoding.UTF8.GetString(raw));
                break;
            case IDictionary map when depth < MaxDepth:
                json.WriteStartObject();
                foreach (DictionaryEntry entry in map)
                {
                    json.WritePropertyName(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "");
                    Write(json, entry.Value, depth + 1);
                }

                json.WriteEndObject();
                break;
            case IEnumerable list when depth < MaxDepth:
                json.WriteStartArray();
                foreach (object? item in list)
                {
                    Write(json, item, depth + 1);
                }

                json.WriteEndArray();
                break;
            case sbyte or short or int or long or byte or ushort or uint:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case DateTime date:
                json.WriteStringValue(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
