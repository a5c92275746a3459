using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Jmlr.Ingest.Similarity;

namespace Jmlr.Ingest.Store.Similar;

/// <summary>Of the keys of some passages, which passage of the store had each first. Two are kept, of two documents: the versions of one are no near-duplicates of each other.</summary>
sealed class EarlierHolders
{
    private readonly Dictionary<ulong, (int First, int Other)> _held;
    private readonly List<SimilarRecord> _holders = [];

    /// <summary>Makes room for the keys of some passages.</summary>
    public EarlierHolders(ReadOnlySpan<SimilarRecord> passages)
    {
        _held = new Dictionary<ulong, (int, int)>(PassageSketch.Keys * passages.Length);
        foreach (SimilarRecord record in passages)
        {
            for (int key = 0; key < PassageSketch.Keys; key++)
            {
                _held[Key(record, key)] = (-1, -1);
            }
        }
    }

    /// <summary>Takes a passage, in the order of the store.</summary>
    /// <param name="record">The passage.</param>
    /// <param name="before">Gets those that came before and may be near to it; null when nobody asks.</param>
    public void Take(in SimilarRecord record, List<SimilarRecord>? before)
    {
        int own = -1;
        for (int key = 0; key < PassageSketch.Keys; key++)
        {
            ref (int First, int Other) held = ref CollectionsMarshal.GetValueRefOrNullRef(_held, Key(record, key));
            if (Unsafe.IsNullRef(ref held))
            {
                continue;
            }

            Add(before, held.First, record);
            Add(before, held.Other, record);
            if (held.First < 0 || (held.Other < 0 && _holders[held.First].Document != record.Document))
            {
                own = own < 0 ? _holders.Count : own;
                held = held.First < 0 ? (own, -1) : (held.First, own);
            }
        }

        if (own >= 0)
        {
            _holders.Add(record);
        }
    }

    private void Add(List<SimilarRecord>? before, int holder, in SimilarRecord record)
    {
        if (before is null || holder < 0)
        {
            return;
        }

        SimilarRecord other = _holders[holder];
        if (record.MayBeNear(other) && !before.Exists(known => known.Tag == other.Tag && known.Ordinal == other.Ordinal))
        {
            before.Add(other);
        }
    }

    private static ulong Key(in SimilarRecord record, int key) => ((ulong)key << 32) | record.Sketch[key];
}
