namespace Jmlr.Query.Citations;

/// <summary>A citation as printed: the words of a stored passage and where they come from.</summary>
/// <param name="Marker">Number in the answer, "[1]".</param>
/// <param name="Passage">Passage id.</param>
/// <param name="Title">Title of the document.</param>
/// <param name="Section">Heading path.</param>
/// <param name="Url">Address of the original.</param>
/// <param name="Published">Date of publication, yyyy-mm-dd.</param>
/// <param name="Page">Page of the original.</param>
/// <param name="Grade">Grade of the recommendation.</param>
/// <param name="Quote">Verbatim words of the passage.</param>
/// <param name="Verified">True when the quote was found, word for word, in the passage as the store holds it now.</param>
public sealed record Citation(
    int Marker, string Passage, string Title, string Section, string? Url, string? Published, int? Page, string? Grade, string Quote, bool Verified);
