using System.Globalization;
using Jmlr.Query.Answering;
using Jmlr.Query.Citations;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;

namespace Jmlr.Cli.Terminal;

/// <summary>Prints an answer as it is made, then its evidence.</summary>
sealed class AnswerPrinter(TerminalOutput output) : IAnswerObserver
{
    private bool _started;

    /// <inheritdoc/>
    public void Retrieved(RetrievalResult retrieval) =>
        output.Note(string.Create(CultureInfo.InvariantCulture, $"found {retrieval.Passages.Count} passages in {(retrieval.EncodeTime + retrieval.SearchTime).TotalMilliseconds:0} ms"));

    /// <inheritdoc/>
    public void Stated(AnswerStatement statement, IReadOnlyList<Citation> newCitations)
    {
        _started = true;
        output.Line(TerminalText.Wrap($"{statement.Text} {string.Concat(statement.Markers.Select(marker => $"[{marker}]"))}", output.Width, ""));
    }

    /// <summary>What comes after the sentences: options, citations, or what was found when nothing could be said.</summary>
    internal void Finish(AnswerResult result, MultipleChoice question)
    {
        if (_started)
        {
            output.Line();
        }

        if (result.DroppedPassages > 0)
        {
            output.Note($"the generator's context is full: it did not see the {(result.DroppedPassages == 1 ? "lowest-ranked passage" : $"{result.DroppedPassages} lowest-ranked passages")}");
        }

        if (result.Mode == AnswerMode.InsufficientEvidence)
        {
            output.Line("Insufficient evidence: nothing in the index answers this question.");
            Nearest(result);
            return;
        }

        if (result.Mode == AnswerMode.Choice)
        {
            Options(result, question);
            Stated(result);
        }

        if (result.Mode == AnswerMode.Extractive)
        {
            output.Faint(result.Refused.Count == 0
                ? "Verbatim sentences of the sources."
                : $"Verbatim sentences of the sources; {Sentences(result.Refused.Count)} of the generator held back as unsupported.");
            output.Line();
        }

        foreach (Citation citation in result.Citations)
        {
            Cite(citation);
        }
    }

    private static string Sentences(int count) => count == 1 ? "1 sentence" : $"{count} sentences";

    private void Options(AnswerResult result, MultipleChoice question)
    {
        output.Faint("Probability of each option (generator and evidence together; a small model: check the evidence below).");
        foreach (AnswerOption option in question.Options)
        {
            string mark = option.Letter == result.Choice ? ">" : " ";
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{mark} {option.Letter}  {result.Options[option.Letter]:0.00}  {TerminalText.OneLine(option.Text, output.Width - 12)}"));
        }

        output.Line();
    }

    private void Stated(AnswerResult result)
    {
        if (result.Stated is StatedChoice stated)
        {
            IEnumerable<string> cited = stated.Cites.Select(rank => TerminalText.OneLine(result.Retrieval.Passages[rank - 1].Passage.Heading, output.Width - 20));
            output.Faint($"The generator alone wrote {stated.Choice}, leaning on: {string.Join("; ", cited)}");
            output.Line();
        }
    }

    private void Cite(Citation citation)
    {
        string date = citation.Published is null ? "undated" : citation.Published;
        string page = citation.Page is int number ? $", page {number}" : "";
        string grade = citation.Grade is null ? "" : $", grade {citation.Grade}";
        output.Heading($"[{citation.Marker}] {TerminalText.OneLine(citation.Title, output.Width - 6)}");
        string section = citation.Section.Length == 0 ? "" : $"{citation.Section}; ";
        output.Line(TerminalText.Wrap($"{section}{date}{page}{grade}", output.Width, "    "));
        if (citation.Url is not null)
        {
            output.Faint($"    {TerminalText.OneLine(citation.Url, 500)}");
        }

        output.Line(TerminalText.Wrap($"“{citation.Quote}”", output.Width, "    "));
        output.Faint($"    {(citation.Verified ? "checked against" : "NOT FOUND in")} {citation.Passage}");
    }

    private void Nearest(AnswerResult result)
    {
        if (result.Retrieval.Passages.Count == 0)
        {
            return;
        }

        output.Line("The nearest passages were:");
        foreach (RetrievedPassage hit in result.Retrieval.Passages.Take(3))
        {
            output.Line($"  {TerminalText.OneLine(hit.Passage.Heading, output.Width - 2)}");
        }
    }
}
