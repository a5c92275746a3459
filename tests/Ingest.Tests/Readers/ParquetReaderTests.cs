using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;
using Parquet.Serialization;

namespace Jmlr.Ingest.Tests.Readers;

public class ParquetReaderTests
{
    /// <summary>A row with a nested list.</summary>
    public sealed class Row
    {
        public string? id { get; set; }

        public string? question { get; set; }

        public List<string>? options { get; set; }

        public string? answer_idx { get; set; }

        public int year { get; set; }
    }

    /// <summary>A row of text.</summary>
    public sealed class TextRow
    {
        public string? title { get; set; }

        public string? content { get; set; }
    }

    private static byte[] Write<T>(params T[] rows)
    {
        using MemoryStream stream = new();
        ParquetSerializer.SerializeAsync(rows, stream, cancellationToken: TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    [Fact]
    public void Rows_are_read_as_records_would_be()
    {
        List<Document> questions = Sources.All("x", Write(new Row { id = "1", question = "Which?", options = ["x", "y"], answer_idx = "B", year = 2020 }, new Row { id = "2", question = "Why?", options = ["z"] }));
        Assert.Equal(["Which?\n\nA. x\n\nB. y", "Why?\n\nA. z"], questions.Select(d => d.Text));
        Assert.Equal(["1", "2"], questions.Select(d => d.QuestionId));
        Document text = Assert.Single(Sources.All("x", Write(new TextRow { title = "T", content = "# T\nSome words." })));
        Assert.Equal(("T", "parquet"), (text.Title, text.Provenance.Format));
    }

    [Fact]
    public void Damaged_files_end_in_an_error_of_ours()
    {
        byte[] whole = Write(new TextRow { title = "T", content = "Some words." });
        Random random = new(3);
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = [.. whole];
            for (int change = random.Next(1, 10); change > 0; change--)
            {
                bytes[random.Next(4, bytes.Length - 4)] = (byte)random.Next(256);
            }

            try
            {
                Sources.All("x", bytes);
            }
            catch (JmlrDataException error)
            {
                Assert.DoesNotContain('\n', error.Message);
            }
        }
    }
}
