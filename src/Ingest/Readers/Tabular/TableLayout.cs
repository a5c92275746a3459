using System.Globalization;
using Jmlr.Ingest.Readers.Mapping;

namespace Jmlr.Ingest.Readers.Tabular;

/// <summary>What the columns of a table are.</summary>
enum TableLayout
{
    /// <summary>Rows of a table, the first with the names of the columns.</summary>
    Rows,
    /// <summary>A record a row, by the names of the columns.</summary>
    Records,
    /// <summary>ColBERT's collections: number of the row, text, perhaps a title; no header.</summary>
    Collection,
    /// <summary>MMLU: question, four options, letter of the answer; no header.</summary>
    Questions,
    /// <summary>Relevance judgements of a retrieval benchmark: no documents.</summary>
    Judgements,
}

/// <summary>Tells layouts apart by header and first rows.</summary>
static class TableLayouts
{
    private static readonly string[] Texts = ["text", "content", "contents", "clean_text", "body", "abstract", "passage", "paragraph"];
    private static readonly string[] Known = ["id", "_id", "pid", "doc_id", "docid", "title", "question", "answer", "reasoning", "input", "output"];

    /// <summary>The names of the columns when the user says what they are: those of the first row, or numbers from 1.</summary>
    public static string[] Named(IReadOnlyList<List<string>> head, FieldMap fields, string path)
    {
        string[] names = [.. head[0].Select((name, i) => fields.IsByNumber ? (i + 1).ToString(CultureInfo.InvariantCulture) : name.Trim().Trim('\uFEFF'))];
        return fields.Theirs.Any(names.Contains) ? names : Throw.Data<string[]>($"no column that --map names ({string.Join(", ", fields.Theirs)}): there are {string.Join(", ", names.Take(40))}", path);
    }

    public static TableLayout Of(IReadOnlyList<List<string>> head)
    {
        List<string> first = head[0];
        string[] names = [.. first.Select(Name)];
        if (names is ["query-id", "corpus-id", ..] || (first.Count == 4 && head.All(static row => row.Count == 4 && row[1] is "0" or "Q0" && int.TryParse(row[3], out _))))
        {
            return TableLayout.Judgements;
        }

        if (names.Any(name => Texts.Contains(name) || name is "question") && names.Distinct().Count() == names.Length && names.All(static name => name.Length is > 0 and <= 60) && (first.Count == 1 || names.Count(name => Known.Contains(name) || Texts.Contains(name)) > 1))
        {
            return TableLayout.Records;
        }

        if (first.Count is 2 or 3 && head.Select(static (row, i) => (row, i)).All(static pair => long.TryParse(pair.row[0], out long number) && number == pair.i))
        {
            return TableLayout.Collection;
        }

        return first.Count == 6 && head.All(static row => row.Count == 6 && row[5].Trim() is "A" or "B" or "C" or "D") ? TableLayout.Questions : TableLayout.Rows;
    }

    /// <summary>The name of a column as records have it: ColBERT's and DPR's names for id and text are ours.</summary>
    public static string Name(string column) => column.Trim().Trim('\uFEFF').ToLowerInvariant() switch
    {
        "pid" or "doc_id" or "docid" or "passage_id" => "id",
        "passage" or "paragraph" => "text",
        string name => name,
    };
}
