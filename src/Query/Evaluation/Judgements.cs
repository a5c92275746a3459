using System.Globalization;
using Jmlr.Models.Errors;

namespace Jmlr.Query.Evaluation;

/// <summary>Relevance judgements: for each query the grade of each judged document.</summary>
public sealed class Judgements
{
    private readonly Dictionary<string, Dictionary<string, int>> _grades = new(StringComparer.Ordinal);
    private readonly List<string> _queries = [];

    /// <summary>Queries in the order of the file.</summary>
    public IReadOnlyList<string> Queries => _queries;

    /// <summary>Number of judgements.</summary>
    public int Count => _grades.Values.Sum(static query => query.Count);

    /// <summary>Grades of a query; empty when it is not judged.</summary>
    public IReadOnlyDictionary<string, int> Of(string query) => _grades.TryGetValue(query, out Dictionary<string, int>? grades) ? grades : new Dictionary<string, int>();

    /// <summary>True when the query is judged.</summary>
    public bool Has(string query) => _grades.ContainsKey(query);

    /// <summary>Adds a judgement; a later one of the same pair replaces the earlier, as trec_eval's dictionary does.</summary>
    public void Add(string query, string document, int grade)
    {
        if (!_grades.TryGetValue(query, out Dictionary<string, int>? grades))
        {
            _grades.Add(query, grades = new Dictionary<string, int>(StringComparer.Ordinal));
            _queries.Add(query);
        }

        grades[document] = grade;
    }

    /// <summary>Reads a file of BEIR (<c>query-id corpus-id score</c> with a header line) or of TREC (<c>query 0 document grade</c>).</summary>
    public static Judgements Read(string path)
    {
        var judgements = new Judgements();
        foreach ((int number, string line) in TextLines.Read(path))
        {
            string[] fields = line.Contains('\t', StringComparison.Ordinal) ? line.Split('\t') : line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string grade = fields[^1].Trim();
            if (number == 1 && fields.Length == 3 && !IsGrade(grade, out _))
            {
                continue; // BEIR's header
            }

            if (fields.Length is not (3 or 4) || !IsGrade(grade, out int value))
            {
                throw new JmlrDataException($"line {number} is no judgement: expected 'query document grade' or 'query 0 document grade' with a whole number as grade", path);
            }

            judgements.Add(fields[0].Trim(), fields[^2].Trim(), value);
        }

        return judgements;
    }

    private static bool IsGrade(string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
