using System.Text;
using System.Text.RegularExpressions;

namespace Jmlr.Query.Answering;

/// <summary>Cuts generated text into sentences as it arrives, and takes the citation markers out of them.</summary>
sealed partial class StatementStream(Action<string, IReadOnlyList<int>> onStatement)
{
    private readonly StringBuilder _pending = new();

    /// <summary>Adds a piece of generated text.</summary>
    internal void Add(string piece)
    {
        _pending.Append(piece);
        while (SentenceEnd().Match(_pending.ToString()) is { Success: true } end)
        {
            Emit(_pending.ToString(0, end.Index + end.Length));
            _pending.Remove(0, end.Index + end.Length);
        }
    }

    /// <summary>The text has ended; what is left is a sentence only when it is finished.</summary>
    internal void Complete()
    {
        string rest = _pending.ToString().TrimEnd();
        _pending.Clear();
        if (rest.Length > 0 && (rest[^1] is '.' or '!' or '?' or ']'))
        {
            Emit(rest);
        }
    }

    private void Emit(string sentence)
    {
        int[] markers = [.. Marker().Matches(sentence).Select(match => int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)).Distinct()];
        string text = ListMark().Replace(Marker().Replace(sentence, ""), "").Trim();
        text = Spaces().Replace(text, " ").Replace(" .", ".", StringComparison.Ordinal);
        if (text.Length > 0)
        {
            onStatement(text, markers);
        }
    }

    // A full stop ends a sentence only before white space and something that can begin one; markers may follow it.
    [GeneratedRegex(@"(?<!(?:^|\n)\s*\d{1,2})(?<!\b(?:e\.g|i\.e|vs|Dr|approx|no))[.!?](?:\s*\[\d{1,2}\])*(?=\s+[\p{Lu}\d(\-*•])|\n+", RegexOptions.CultureInvariant)]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\s*\[(\d{1,2})\]", RegexOptions.CultureInvariant)]
    private static partial Regex Marker();

    [GeneratedRegex(@"^\s*(?:[-*•]|\d{1,2}[.)])\s+", RegexOptions.CultureInvariant)]
    private static partial Regex ListMark();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();
}
