using System.Globalization;
using System.Text.Json;
using Jmlr.Index.Encoding;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Bench.Retrieval;

/// <summary>A downloaded BEIR folder: <c>corpus.jsonl</c>, <c>queries.jsonl</c> (or <c>queries.SPLIT.jsonl</c>), <c>qrels/SPLIT.tsv</c>; only queries that have judgements are kept.</summary>
sealed class BeirCollection
{
    internal BeirCollection(string folder, string split = "test")
    {
        Qrels = ReadQrels(Path.Combine(folder, "qrels", split + ".tsv"));
        foreach (JsonElement record in Records(Path.Combine(folder, "corpus.jsonl")))
        {
            string title = Text(record, "title"), text = Text(record, "text");
            PassageIds.Add(Text(record, "_id"));
            Passages.Add(title.Length == 0 ? text : title + " " + text);
        }

        string ofSplit = Path.Combine(folder, $"queries.{split}.jsonl");
        foreach (JsonElement record in Records(File.Exists(ofSplit) ? ofSplit : Path.Combine(folder, "queries.jsonl")))
        {
            if (Qrels.ContainsKey(Text(record, "_id")))
            {
                QueryIds.Add(Text(record, "_id"));
                Queries.Add(Text(record, "text"));
            }
        }
    }

    internal List<string> PassageIds { get; } = [];

    internal List<string> Passages { get; } = [];

    internal List<string> QueryIds { get; } = [];

    internal List<string> Queries { get; } = [];

    /// <summary>Query id to document id to grade.</summary>
    internal Dictionary<string, Dictionary<string, int>> Qrels { get; }

    /// <summary>The passages, each cut to what <paramref name="encoder"/> encodes at once.</summary>
    internal string[] CutPassages(ITokenEncoder encoder)
    {
        List<TokenSpan> tokens = [];
        int room = encoder.PassageLength - (encoder.MarksPassages ? 3 : 2); // [CLS], marker, [SEP]
        return [.. Passages.Select(text =>
        {
            tokens.Clear();
            encoder.Tokenizer.Encode(text, tokens);
            return tokens.Count <= room ? text : text[..tokens[room - 1].End];
        })];
    }

    /// <summary>nDCG of a list of passage numbers for a query, at 10, with linear gains.</summary>
    internal double Ndcg(int query, IEnumerable<int> list)
    {
        Dictionary<string, int> grades = Qrels[QueryIds[query]];
        double ideal = Gain(grades.Values.OrderDescending());
        return ideal > 0 ? Gain(list.Select(passage => grades.GetValueOrDefault(PassageIds[passage]))) / ideal : 0;
    }

    private static double Gain(IEnumerable<int> grades) => grades.Take(10).Select((grade, rank) => Math.Max(grade, 0) / Math.Log2(rank + 2)).Sum();

    private static Dictionary<string, Dictionary<string, int>> ReadQrels(string path)
    {
        Dictionary<string, Dictionary<string, int>> qrels = [];
        foreach (string[] fields in File.ReadLines(path).Skip(1).Select(line => line.Split('\t')))
        {
            if (!qrels.TryGetValue(fields[0], out Dictionary<string, int>? grades))
            {
                qrels.Add(fields[0], grades = []);
            }

            grades[fields[1]] = int.Parse(fields[2], CultureInfo.InvariantCulture);
        }

        return qrels;
    }

    private static IEnumerable<JsonElement> Records(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    private static string Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
}
