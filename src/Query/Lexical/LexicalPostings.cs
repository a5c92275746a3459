namespace Jmlr.Query.Lexical;

/// <summary>What a BM25 index consists of.</summary>
/// <param name="Ids">Passage ids in ordinal order.</param>
/// <param name="Lengths">Terms of each passage.</param>
/// <param name="Terms">Different terms.</param>
/// <param name="Starts">First posting of each term, and their number.</param>
/// <param name="Passages">Passage of each posting.</param>
/// <param name="Counts">How often the term stands there.</param>
sealed record LexicalPostings(string[] Ids, int[] Lengths, string[] Terms, int[] Starts, int[] Passages, ushort[] Counts);
