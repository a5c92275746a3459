using System.Text;

namespace Jmlr.Ingest.Readers.Tabular;

/// <summary>Records of delimited text (RFC 4180): quoted fields may hold delimiters, quotes and line breaks. In tab-separated text a quote counts only when it opens and closes a field.</summary>
static class DelimitedText
{
    private const int MaxColumns = 2000;

    /// <summary>The records, each with the number of its first line.</summary>
    public static IEnumerable<(int Line, List<string> Fields)> Read(string text, char delimiter)
    {
        int at = 0, line = 1;
        while (at < text.Length)
        {
            (int first, List<string> fields) = (line, []);
            bool more = true;
            while (more)
            {
                string field = Field(text, delimiter, ref at, ref line);
                if (fields.Count < MaxColumns)
                {
                    fields.Add(field);
                }

                more = at < text.Length && text[at] == delimiter;
                at += more ? 1 : 0;
            }

            if (at < text.Length && text[at] == '\r')
            {
                at++;
            }

            if (at < text.Length && text[at] == '\n')
            {
                (at, line) = (at + 1, line + 1);
            }

            if (fields.Count > 1 || fields[0].Length > 0)
            {
                yield return (first, fields);
            }
        }
    }

    /// <summary>The delimiter that gives the same number of fields, two at least, in the first records; null when none does.</summary>
    public static char? Delimiter(string head, int leastRecords, int leastColumns)
    {
        foreach (char delimiter in "\t,;")
        {
            List<int> counts = [.. Read(head, delimiter).Take(50).Select(static record => record.Fields.Count)];
            if (counts.Count >= leastRecords && counts[0] >= leastColumns && counts.TrueForAll(count => count == counts[0]))
            {
                return delimiter;
            }
        }

        return null;
    }

    private static string Field(string text, char delimiter, ref int at, ref int line)
    {
        if (at < text.Length && text[at] == '"' && Quoted(text, delimiter, ref at, ref line) is string quoted)
        {
            return quoted;
        }

        int end = text.AsSpan(at).IndexOfAny(delimiter, '\r', '\n');
        end = end < 0 ? text.Length : at + end;
        string field = text[at..end];
        at = end;
        return field;
    }

    /// <summary>A quoted field; null when the quote is no delimiter but part of the text.</summary>
    private static string? Quoted(string text, char delimiter, ref int at, ref int line)
    {
        StringBuilder field = new();
        int lines = line;
        for (int i = at + 1; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                i++;
            }
            else if (c == '"')
            {
                if (i + 1 < text.Length && text[i + 1] != delimiter && text[i + 1] is not ('\r' or '\n'))
                {
                    return null;
                }

                (at, line) = (i + 1, lines);
                return field.ToString();
            }
            else if (c == '\n')
            {
                if (delimiter == '\t')
                {
                    return null; // tab-separated text has one record a line
                }

                lines++;
            }

            field.Append(c);
        }

        return null;
    }
}
