using Jmlr.Ingest.Documents;

namespace Jmlr.Query.Support;

/// <summary>Whether a statement is supported by a passage, and by what.</summary>
/// <param name="Supported">True when nothing in the statement goes beyond the evidence.</param>
/// <param name="Coverage">Share of the statement's content terms found in the evidence sentence, 0 to 1.</param>
/// <param name="Evidence">The sentence of the passage that supports it best, as a range in the passage text.</param>
/// <param name="Reason">Why it is not supported ("not in the passage: statin"), or null.</param>
public sealed record SupportVerdict(bool Supported, double Coverage, CharSpan Evidence, string? Reason);
