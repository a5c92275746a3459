using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Similarity;
using Jmlr.Ingest.Store;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Retrieval;

/// <summary>A hit that is shown, and its near-duplicates further down the ranking, which are named below it.</summary>
readonly record struct SelectedHit(HybridHit Hit, IReadOnlyList<PassageId> NearDuplicates);

/// <summary>Goes down a ranking: no document has more than its share, and of near-duplicates the best one stands for all. Two versions of a document, or what another has superseded, are no near-duplicates.</summary>
sealed class HitSelection(IPassageStore store, RetrievalOptions options)
{
    private sealed record Kept(HybridHit Hit, PassageId Id, PassageSignature? Signature)
    {
        public List<PassageId> Near { get; } = [];
    }

    private readonly List<Kept> _kept = [];
    private readonly Dictionary<DocumentKey, int> _taken = [];

    /// <summary>The best <see cref="RetrievalOptions.Top"/> of a ranking; fewer when it does not hold as many.</summary>
    internal IReadOnlyList<SelectedHit> Select(IReadOnlyList<HybridHit> ranking)
    {
        foreach (HybridHit hit in ranking)
        {
            PassageId id = PassageId.Parse(hit.Id);
            PassageSignature? signature = options.CollapseDuplicates ? Signature(id) : null;
            if (signature is not null && _kept.Find(kept => kept.Signature?.IsNear(signature) == true && (kept.Id.Key != id.Key || kept.Id.Version == id.Version)) is Kept same)
            {
                same.Near.Add(id);
            }
            else if (_kept.Count < options.Top && (options.PerDocument == 0 || _taken.GetValueOrDefault(id.Key) < options.PerDocument))
            {
                _taken[id.Key] = _taken.GetValueOrDefault(id.Key) + 1;
                _kept.Add(new Kept(hit, id, signature));
            }
        }

        return [.. _kept.Select(static kept => new SelectedHit(kept.Hit, kept.Near))];
    }

    private PassageSignature? Signature(PassageId id) =>
        store.Find(id.Key, id.Version)?.State != VersionState.Superseded && store.ReadPassage(id) is Passage passage ? PassageSignature.Of(passage) : null;
}
