using Jmlr.Index.Search;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Retrieval;

/// <summary>A passage found for a question.</summary>
/// <param name="Rank">From 1.</param>
/// <param name="Score">MaxSim score.</param>
/// <param name="Similarity">Score by query token, at most 1.</param>
/// <param name="Passage">The stored passage.</param>
/// <param name="Document">Its document version.</param>
public sealed record RetrievedPassage(int Rank, float Score, float Similarity, Passage Passage, DocumentRecord Document)
{
    /// <summary>0 to 1: how far the passage is about the question, by late interaction whatever the plan (<see cref="EvidenceGate"/>).</summary>
    public double Support { get; init; }

    /// <summary>BM25 score, and what the passage was ranked by; null unless the plan is hybrid.</summary>
    public (double Lexical, double Fused)? Hybrid { get; init; }

    /// <summary>Passages further down the ranking that say the same in nearly the same words; none when they were not looked for.</summary>
    public IReadOnlyList<PassageId> NearDuplicates { get; init; } = [];

    /// <summary>Which word answered which token of the question; null unless asked for.</summary>
    public IReadOnlyList<WordMatch>? Matches { get; init; }
}

/// <summary>What a search found and how long it took.</summary>
/// <param name="Query">The question.</param>
/// <param name="Plan">"exact", "plaid" or "hybrid": what was done, not what was asked for.</param>
/// <param name="Passages">By rank.</param>
/// <param name="EncodeTime">Time of encoding the question.</param>
/// <param name="SearchTime">Time in the index.</param>
public sealed record RetrievalResult(string Query, string Plan, IReadOnlyList<RetrievedPassage> Passages, TimeSpan EncodeTime, TimeSpan SearchTime)
{
    /// <summary>Document versions with a passage that passes the filter; 0 explains an empty list.</summary>
    public int AdmittedDocuments { get; init; }

    /// <summary>0 to 1: highest support of any passage that was looked at; with a hybrid plan it need not be that of the first one, nor of one in the list. 0 when nothing was found.</summary>
    public double Support { get; init; }

    /// <summary>False when the retriever's vocabulary has no piece of any word of the question: the ranking then says nothing, and all support is 0.</summary>
    public bool HasKnownWords { get; init; } = true;
}

/// <summary>What to find.</summary>
public sealed record RetrievalOptions
{
    /// <summary>Number of passages.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Passages of one document at most, all its versions together; 0 for no limit.</summary>
    public int PerDocument { get; init; }

    /// <summary>Show of near-duplicates the best one, which names the others. Passages are looked for until there are <see cref="Top"/> distinct ones.</summary>
    public bool CollapseDuplicates { get; init; }

    /// <summary>How late interaction finds its candidates.</summary>
    public SearchPlan Plan { get; init; } = SearchPlan.Auto;

    /// <summary>Fuse with BM25; null ranks by late interaction alone.</summary>
    public Fusion? Fusion { get; init; }

    /// <summary>Say for each passage which of its words answered which token of the question.</summary>
    public bool Explain { get; init; }

    /// <summary>Which passages may be found. Give the same object for several questions: it is worked out once.</summary>
    public PassageFilter Filter { get; init; } = DefaultFilter;

    private static readonly PassageFilter DefaultFilter = new();
}
