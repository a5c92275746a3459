using System.Text.RegularExpressions;

namespace Jmlr.Query.Questions;

/// <summary>One option of a board-style question.</summary>
/// <param name="Letter">"A", "B", ...</param>
/// <param name="Text">Option text.</param>
public readonly record struct AnswerOption(string Letter, string Text);

/// <summary>A question with its options; <see cref="Options"/> is empty for a free question.</summary>
/// <param name="Stem">The question without the options.</param>
/// <param name="Options">Options in order, letters A, B, C, ...</param>
public sealed partial record MultipleChoice(string Stem, IReadOnlyList<AnswerOption> Options)
{
    /// <summary>Most options accepted.</summary>
    public const int MaximumOptions = 10;

    /// <summary>Finds options written in the text as "A) ...", "A. ...", "(A) ..." or "A: ...", each at the start of a line or all on one line.</summary>
    public static MultipleChoice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (Regex form in (Regex[])[LineOption(), InlineOption()])
        {
            Match[] marks = InSequence(form.Matches(text));
            if (marks.Length >= 2)
            {
                string stem = text[..marks[0].Index].Trim();
                var options = new List<AnswerOption>(marks.Length);
                for (int i = 0; i < marks.Length; i++)
                {
                    int start = marks[i].Index + marks[i].Length;
                    int end = i + 1 < marks.Length ? marks[i + 1].Index : text.Length;
                    options.Add(new AnswerOption(marks[i].Groups["letter"].Value, text[start..end].Trim().TrimEnd(';', ',')));
                }

                if (stem.Length > 0 && options.TrueForAll(option => option.Text.Length > 0))
                {
                    return new MultipleChoice(stem, options);
                }
            }
        }

        return new MultipleChoice(text.Trim(), []);
    }

    /// <summary>The question as one text, options on lines of their own.</summary>
    public override string ToString() =>
        Options.Count == 0 ? Stem : $"{Stem}\n{string.Join('\n', Options.Select(option => $"{option.Letter}. {option.Text}"))}";

    /// <summary>The longest run A, B, C, ... so that "vitamin A. ..." alone is no option list.</summary>
    private static Match[] InSequence(MatchCollection matches)
    {
        var run = new List<Match>();
        foreach (Match match in matches)
        {
            if (match.Groups["letter"].Value[0] == 'A' + run.Count && run.Count < MaximumOptions)
            {
                run.Add(match);
            }
        }

        return [.. run];
    }

    [GeneratedRegex(@"^[ \t]*(?:\((?<letter>[A-J])\)|(?:Option[ \t]+)?(?<letter>[A-J])[.):])[ \t]+", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex LineOption();

    [GeneratedRegex(@"(?<![\w-])(?:\((?<letter>[A-J])\)|(?<letter>[A-J])[.):])[ \t]+", RegexOptions.CultureInvariant)]
    private static partial Regex InlineOption();
}
