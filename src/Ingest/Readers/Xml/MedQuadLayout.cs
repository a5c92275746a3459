using System.Text.RegularExpressions;
using System.Xml.Linq;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Readers.Xml;

/// <summary>
/// MedQuAD: a topic with questions and answers, roots <c>Document</c> and <c>DiseaseFile</c>. Each answered question is a section under it; a question without an
/// answer is rejected by its id. Codes (CUI, semantic types) are no text.
/// </summary>
static partial class MedQuadLayout
{
    /// <summary>True for the name of a root element of this layout.</summary>
    public static bool IsRoot(string name) => name is "Document" or "DiseaseFile";

    public static bool Matches(XElement root) => IsRoot(root.Name.LocalName) && root.Element("QAPairs") is not null;

    public static void Read(XElement root, SourceFile file, DocumentBuilder builder)
    {
        string focus = CanonicalText.Of(root.Element("Focus")?.Value ?? "");
        builder.Front.Set("url", (string?)root.Attribute("url"), strict: false);
        builder.Front.Set("publisher", (string?)root.Attribute("source"), strict: false);
        builder.Front.Set("title", focus, strict: false);
        string[] names = [.. root.Descendants("Synonym").Select(static name => CanonicalText.Of(name.Value)).Where(static name => name.Length > 0)];
        if (names.Length > 0)
        {
            builder.Block(BlockForm.Paragraph, $"{(focus.Length > 0 ? focus : "This")} is also called: {string.Join("; ", names)}");
        }

        foreach (XElement pair in root.Element("QAPairs")!.Elements("QAPair"))
        {
            string question = SpaceBeforeMark().Replace(CanonicalText.Of(pair.Element("Question")?.Value ?? ""), "$1");
            string[] answer = Paragraphs(pair.Element("Answer")?.Value ?? "");
            if (answer.Length == 0)
            {
                string id = (string?)pair.Element("Question")?.Attribute("qid") ?? (string?)pair.Attribute("pid") ?? "?";
                file.Reject?.Invoke(new JmlrDataException($"question {id} has no answer", file.Path));
                continue;
            }

            builder.Heading(2, question.Length > 0 ? question : "Question");
            foreach (string paragraph in answer)
            {
                bool item = paragraph.StartsWith("- ", StringComparison.Ordinal);
                builder.Block(item ? BlockForm.ListItem : BlockForm.Paragraph, paragraph, leadIn: paragraph.Length <= 400 && paragraph.EndsWith(':'));
            }
        }

        // A topic without a name goes by its first question.
        string? first = root.Descendants("Question").Select(static q => q.Value).FirstOrDefault();
        builder.Front.Set("title", first is null ? null : SpaceBeforeMark().Replace(CanonicalText.Of(first), "$1"), strict: false);
    }

    /// <summary>Answers are plain text: lines where they were kept, and list items run together after " - ".</summary>
    private static string[] Paragraphs(string answer) =>
        [.. answer.ReplaceLineEndings("\n").Split('\n').SelectMany(static line => RunTogether().Split(line)).Select(static part => CanonicalText.Of(part)).Where(static part => part.Any(char.IsLetterOrDigit))];

    // Two spaces or more before a dash: an item that stood on a line of its own.
    [GeneratedRegex(@"\s{2,}(?=- \S)", RegexOptions.CultureInvariant)]
    private static partial Regex RunTogether();

    [GeneratedRegex(@"\s+([?.])(?:\s*\?)*(?=\s*$)", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceBeforeMark();
}
