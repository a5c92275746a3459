namespace Jmlr.Query.Text;

/// <summary>What a term is, for the support check.</summary>
enum TermKind
{
    /// <summary>A word that carries content.</summary>
    Word,
    /// <summary>A word that must be in the evidence: a drug, an abbreviation, a name with digits.</summary>
    Key,
    /// <summary>A number, in digits.</summary>
    Number,
    /// <summary>A word that negates or forbids.</summary>
    Negation,
    /// <summary>A word that orders two things (than, over, before): the order of the others counts then.</summary>
    Comparison,
}

/// <summary>A content term in normal form.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Form">Lower-case stem, or the number in digits.</param>
/// <param name="Start">First UTF-16 unit in the text.</param>
/// <param name="End">One past the last unit.</param>
/// <param name="Unit">The unit of measure behind a number, where one stands there.</param>
readonly record struct Term(TermKind Kind, string Form, int Start, int End, string? Unit = null);
