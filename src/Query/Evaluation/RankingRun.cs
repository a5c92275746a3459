using System.Globalization;
using Jmlr.Models.Errors;

namespace Jmlr.Query.Evaluation;

/// <summary>The documents that a system found for each query, in TREC's form: <c>query Q0 document rank score tag</c>.</summary>
public sealed class RankingRun
{
    private readonly Dictionary<string, List<ScoredDocument>> _lists = new(StringComparer.Ordinal);
    private readonly List<string> _queries = [];

    /// <summary>Queries in the order they were added.</summary>
    public IReadOnlyList<string> Queries => _queries;

    /// <summary>Documents of a query as they were added, or null when the run has none of that name.</summary>
    public IReadOnlyList<ScoredDocument>? Of(string query) => _lists.GetValueOrDefault(query);

    /// <summary>Sets the documents of a query; none twice.</summary>
    public void Set(string query, IEnumerable<ScoredDocument> documents)
    {
        if (!_lists.ContainsKey(query))
        {
            _queries.Add(query);
        }

        _lists[query] = [.. documents];
    }

    /// <summary>Measures of every query that is both judged and in the run: a query without documents counts 0, one that is missing does not count.</summary>
    public IReadOnlyDictionary<string, RankingMeasures> Measure(Judgements judgements)
    {
        ArgumentNullException.ThrowIfNull(judgements);
        return judgements.Queries.Where(_lists.ContainsKey)
            .ToDictionary(query => query, query => RankingMeasures.Of(RankingOrder.Sort(_lists[query]), judgements.Of(query)), StringComparer.Ordinal);
    }

    /// <summary>Reads a run file.</summary>
    public static RankingRun Read(string path)
    {
        var run = new RankingRun();
        var seen = new HashSet<(string, string)>();
        foreach ((int number, string line) in TextLines.Read(path))
        {
            string[] fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != 6 || !double.TryParse(fields[4], NumberStyles.Float, CultureInfo.InvariantCulture, out double score) || !double.IsFinite(score))
            {
                throw new JmlrDataException($"line {number} is no line of a run: expected 'query Q0 document rank score tag'", path);
            }

            if (!seen.Add((fields[0], fields[2])))
            {
                throw new JmlrDataException($"line {number}: document '{fields[2]}' stands twice for query '{fields[0]}'", path);
            }

            if (!run._lists.TryGetValue(fields[0], out List<ScoredDocument>? list))
            {
                run._lists.Add(fields[0], list = []);
                run._queries.Add(fields[0]);
            }

            list.Add(new ScoredDocument(fields[2], score));
        }

        return run;
    }

    /// <summary>Writes a run file, documents in the order in which trec_eval reads them.</summary>
    public void Write(TextWriter to, string tag)
    {
        ArgumentNullException.ThrowIfNull(to);
        foreach (string query in _queries)
        {
            Dictionary<string, double> scores = _lists[query].ToDictionary(document => document.Id, document => document.Score, StringComparer.Ordinal);
            string[] order = RankingOrder.Sort(_lists[query]);
            for (int rank = 0; rank < order.Length; rank++)
            {
                to.Write(string.Create(CultureInfo.InvariantCulture, $"{query} Q0 {order[rank]} {rank + 1} {scores[order[rank]]:R} {tag}\n"));
            }
        }
    }
}
