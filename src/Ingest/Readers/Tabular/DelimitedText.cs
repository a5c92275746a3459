using System.Numerics;
using Jmlr.Ingest.Readers.Records;

namespace Jmlr.Ingest.Readers.Tabular;

/// <summary>Records of delimited text (RFC 4180): quoted fields may hold delimiters, quotes and line breaks. In tab-separated text a quote counts only when it opens and closes a field.</summary>
static class DelimitedText
{
    private const int MaxColumns = 2000;
    private const int MaxQuoted = 16 << 20; // a quote that does not close within this many characters is part of the text

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

    /// <summary>The whole records at the beginning of bytes that go on (in any encoding whose delimiters are those of ASCII), by the same rules.</summary>
    public static RecordCut Whole(ReadOnlySpan<byte> bytes, char delimiter)
    {
        RecordCut whole = default;
        int at = 0;
        while (FieldEnd(bytes[at..], (byte)delimiter, goesOn: true, out _) is int field and >= 0)
        {
            at += field;
            if (bytes[at] == delimiter)
            {
                at++;
                continue;
            }

            bool both = bytes[at] == '\r';
            if (both && at + 1 == bytes.Length)
            {
                break; // a line feed may follow
            }

            at += both && bytes[at + 1] == '\n' ? 2 : 1;
            whole = new RecordCut(at, whole.Records + 1);
        }

        return whole;
    }

    private static string Field(string text, char delimiter, ref int at, ref int line)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        int length = FieldEnd(rest, delimiter, goesOn: false, out bool quoted);
        at += length;
        if (!quoted)
        {
            return rest[..length].ToString();
        }

        ReadOnlySpan<char> inner = rest[1..(length - 1)];
        line += inner.Count('\n');
        return inner.Contains('"') ? inner.ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : inner.ToString();
    }

    /// <summary>Length of the field at the beginning, quotes included; -1 when the text goes on and its end cannot be told yet.</summary>
    private static int FieldEnd<T>(ReadOnlySpan<T> text, T delimiter, bool goesOn, out bool quoted) where T : unmanaged, INumberBase<T>
    {
        int end = text.Length > 0 && text[0] == T.CreateTruncating('"') ? QuotedEnd(text, delimiter, goesOn) : 0;
        quoted = end > 0;
        if (end != 0)
        {
            return end;
        }

        end = text.IndexOfAny(delimiter, T.CreateTruncating('\r'), T.CreateTruncating('\n'));
        return end >= 0 ? end : goesOn ? -1 : text.Length;
    }

    /// <summary>Length of a quoted field; 0 when the quote is no delimiter but part of the text.</summary>
    private static int QuotedEnd<T>(ReadOnlySpan<T> text, T delimiter, bool goesOn) where T : unmanaged, INumberBase<T>
    {
        T quote = T.CreateTruncating('"'), feed = T.CreateTruncating('\n');
        T stop = delimiter == T.CreateTruncating('\t') ? feed : quote; // tab-separated text has one record a line
        ReadOnlySpan<T> near = text[..Math.Min(text.Length, MaxQuoted)];
        for (int i = 1; i < near.Length; i++)
        {
            int found = near[i..].IndexOfAny(quote, stop);
            if (found < 0)
            {
                break;
            }

            i += found;
            if (near[i] == feed)
            {
                return 0;
            }

            if (i + 1 == text.Length)
            {
                return goesOn ? -1 : i + 1;
            }

            T next = text[i + 1];
            if (next != quote)
            {
                return next == delimiter || next == feed || next == T.CreateTruncating('\r') ? i + 1 : 0;
            }

            i++;
        }

        return goesOn && text.Length < MaxQuoted ? -1 : 0;
    }
}
