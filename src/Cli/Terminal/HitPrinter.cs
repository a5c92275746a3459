using System.Globalization;
using Jmlr.Query.Retrieval;

namespace Jmlr.Cli.Terminal;

/// <summary>Prints passages found by a search.</summary>
static class HitPrinter
{
    internal static void Print(TerminalOutput output, RetrievalResult result, int excerpt)
    {
        if (Doubt(result) is string doubt)
        {
            output.Line(doubt);
        }

        foreach (RetrievedPassage hit in result.Passages)
        {
            string published = hit.Document.Provenance.Published?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "undated";
            string grade = hit.Passage.Grade is null ? "" : $", grade {hit.Passage.Grade}";
            output.Heading(string.Create(CultureInfo.InvariantCulture, $"{hit.Rank,2}. {hit.Score:0.00}  {TerminalText.OneLine(hit.Passage.Heading, output.Width - 12)}"));
            if (hit.Matches is null)
            {
                output.Line(TerminalText.Wrap(TerminalText.OneLine(hit.Passage.Text, excerpt), output.Width, "    "));
            }
            else
            {
                ExplanationPrinter.Print(output, hit);
            }

            string near = hit.NearDuplicates.Count switch { 0 => "", 1 => "  +1 near-duplicate", int more => $"  +{more} near-duplicates" };
            output.Faint($"    {published}{grade}  {hit.Passage.Id}{near}");
        }

        output.Note(string.Create(CultureInfo.InvariantCulture, $"encode {result.EncodeTime.TotalMilliseconds:0.0} ms, search {result.SearchTime.TotalMilliseconds:0.0} ms ({result.Plan}), support {result.Support:0.00}"));
    }

    /// <summary>Why the list is empty, or worth little; null when it is neither.</summary>
    private static string? Doubt(RetrievalResult result) => result switch
    {
        { AdmittedDocuments: 0 } => "nothing found: no document passes the filter",
        { Passages.Count: 0 } => "nothing found",
        { HasKnownWords: false } => "no word of the query is known to the retriever: the order below means nothing",
        { Support: < EvidenceGate.Threshold } => string.Create(CultureInfo.InvariantCulture, $"low support ({result.Support:0.00}): what is below may not be about the query"),
        _ => null,
    };
}
