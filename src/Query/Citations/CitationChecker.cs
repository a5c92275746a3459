using System.Globalization;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Citations;

/// <summary>Makes citations and checks each against the store before it is printed.</summary>
public sealed class CitationChecker(IPassageStore store)
{
    /// <summary>Cites <paramref name="span"/> of a passage; the quote is compared with a fresh read of the stored passage.</summary>
    public Citation Cite(int marker, RetrievedPassage hit, CharSpan span)
    {
        ArgumentNullException.ThrowIfNull(hit);
        string quote = hit.Passage.Text[span.Start..span.End].Trim();
        Passage? stored = store.ReadPassage(hit.Passage.Id);
        bool verified = stored is not null && stored.Text.Contains(quote, StringComparison.Ordinal);
        Provenance provenance = hit.Document.Provenance;
        return new Citation(
            marker, hit.Passage.Id.ToString(), hit.Passage.Title, string.Join(" › ", hit.Passage.HeadingPath), provenance.Url,
            provenance.Published?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), hit.Passage.Page, hit.Passage.Grade, quote, verified);
    }
}
