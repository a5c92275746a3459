using Jmlr.Index.Encoding;
using Jmlr.Models.Tokenizers;
using Jmlr.Query.Evaluation.Beir;

namespace Jmlr.Bench.Retrieval;

/// <summary>A collection whose documents, with their titles, are the passages.</summary>
sealed class BeirCollection
{
    private readonly BeirSet _set;

    internal BeirCollection(string folder, string split = "test")
    {
        _set = BeirSet.Read(folder, split);
        PassageIds = [.. _set.Documents.Select(document => document.Id)];
        Passages = [.. _set.Documents.Select(document => document.Title.Length == 0 ? document.Text : document.Title + " " + document.Text)];
        Queries = [.. _set.Queries.Select(query => query.Text)];
    }

    internal List<string> PassageIds { get; }

    internal List<string> Passages { get; }

    internal List<string> Queries { get; }

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
        IReadOnlyDictionary<string, int> grades = _set.Judgements.Of(_set.Queries[query].Id);
        double ideal = Gain(grades.Values.OrderDescending());
        return ideal > 0 ? Gain(list.Select(passage => grades.GetValueOrDefault(PassageIds[passage]))) / ideal : 0;
    }

    private static double Gain(IEnumerable<int> grades) => grades.Take(10).Select((grade, rank) => Math.Max(grade, 0) / Math.Log2(rank + 2)).Sum();
}
