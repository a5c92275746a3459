using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Prompting;

/// <summary>A prompt ready for the generator.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Passages">The passages that fitted, by rank.</param>
/// <param name="Dropped">Passages left out for the token budget.</param>
public sealed record BuiltPrompt(IReadOnlyList<int> Ids, IReadOnlyList<RetrievedPassage> Passages, int Dropped);
