using System.Text.RegularExpressions;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Decoding;

namespace Jmlr.Ingest.Readers.PlainText;

/// <summary>Plain text: paragraphs between empty lines, list items, and headings that are underlined, numbered or in capitals.</summary>
public sealed partial class PlainTextReader : IDocumentReader
{
    private const int MaxHeading = 100;

    /// <inheritdoc/>
    public string Format => "text";

    /// <inheritdoc/>
    public double Recognise(SourceFile file)
    {
        ReadOnlySpan<byte> head = file.Content.Span[..Math.Min(file.Content.Length, 4096)];
        bool named = file.Path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".text", StringComparison.OrdinalIgnoreCase);
        int controls = 0;
        foreach (byte b in head)
        {
            controls += b < 32 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or 27 or 0) ? 1 : 0;
        }

        return head.Length == 0 || controls > head.Length / 20 ? 0 : named ? 0.5 : 0.2;
    }

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        string text = TextDecoding.Decode(file.Content.Span, file.Path);
        DocumentBuilder builder = new(file, Format);
        List<string> paragraph = [];
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        bool first = true;
        int position = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd();
            string next = i + 1 < lines.Length ? lines[i + 1].TrimEnd() : "";
            bool alone = paragraph.Count == 0;
            builder.At(position);
            position += lines[i].Length + 1;
            if (line.Length == 0)
            {
                Flush(builder, paragraph);
            }
            else if (alone && IsUnderline(next, line))
            {
                builder.Heading(next[0] == '=' ? 1 : 2, CanonicalText.Of(line));
                i++;
                position += lines[i].Length + 1;
            }
            else if (alone && next.Length == 0 && Level(line, first) is int level and > 0)
            {
                builder.Heading(level, CanonicalText.Of(line));
            }
            else if (ItemStart().Match(line) is { Success: true } item)
            {
                Flush(builder, paragraph);
                paragraph.Add(line);
            }
            else
            {
                paragraph.Add(line);
            }

            first &= line.Length == 0;
        }

        Flush(builder, paragraph);
        yield return builder.Finish();
    }

    private static void Flush(DocumentBuilder builder, List<string> paragraph)
    {
        if (paragraph.Count > 0)
        {
            BlockForm form = ItemStart().IsMatch(paragraph[0]) ? BlockForm.ListItem : BlockForm.Paragraph;
            string text = CanonicalText.Of(string.Join('\n', paragraph));
            builder.Block(form, text, leadIn: text.Length <= 400 && text.EndsWith(':'));
            paragraph.Clear();
        }
    }

    /// <summary>Level of a line that stands alone; 0 when it is no heading. The first line is the title when it looks like one.</summary>
    private static int Level(string line, bool first)
    {
        string text = line.Trim();
        if (text.Length > MaxHeading || text[^1] is '.' or ';' or ',' or ':' || !text.Any(char.IsLetter) || GradeDetector.IsGradeOnly(text))
        {
            return 0;
        }

        if (first)
        {
            return 1;
        }

        Match number = Numbered().Match(text);
        if (number.Success)
        {
            return Math.Min(6, 2 + number.Groups["number"].Value.Trim('.').Count(static c => c == '.'));
        }

        return text.Count(char.IsLetter) >= 3 && !text.Any(char.IsLower) ? 2 : 0;
    }

    private static bool IsUnderline(string line, string above) =>
        line.Length >= 3 && line.Length <= 200 && above.Length <= 2 * MaxHeading && (line.All(static c => c == '=') || line.All(static c => c == '-'));

    [GeneratedRegex(@"^(?<number>\d{1,2}(?:\.\d{1,2}){0,4}\.?)\s+\p{L}", RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^\s{0,12}(?:[-*•–]\s|\(?(?:\d{1,2}|[a-z])[.)]\s)", RegexOptions.CultureInvariant)]
    private static partial Regex ItemStart();
}
