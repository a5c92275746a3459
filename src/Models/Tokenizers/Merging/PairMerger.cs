namespace Jmlr.Models.Tokenizers.Merging;

/// <summary>
/// Byte-pair merging: again and again the pair of lowest rank, of equal ones the leftmost. Short words scan all pairs each time, long
/// ones keep a heap, so that a megabyte without a space costs n log n and not n squared.
/// </summary>
static class PairMerger
{
    /// <summary>Above this number of symbols the heap is used.</summary>
    internal const int ScanLimit = 40;

    /// <summary>Merges the symbols of a word in place.</summary>
    public static void Merge<TRule>(ReadOnlySpan<byte> bytes, Symbols symbols, in TRule rule) where TRule : struct, IMergeRule
    {
        if (symbols.Count <= ScanLimit)
        {
            MergeByScan(bytes, symbols, rule);
        }
        else
        {
            MergeByHeap(bytes, symbols, rule);
        }
    }

    /// <summary>Quadratic, without any data structure.</summary>
    internal static void MergeByScan<TRule>(ReadOnlySpan<byte> bytes, Symbols symbols, in TRule rule) where TRule : struct, IMergeRule
    {
        int count = symbols.Count;
        int[] nexts = symbols.Nexts, ranks = symbols.Ranks;
        for (int i = 0; i < count; i++)
        {
            Rerank(bytes, symbols, i, rule);
        }

        while (true)
        {
            int best = -1;
            for (int i = 0; i < count; i = nexts[i])
            {
                if (ranks[i] >= 0 && (best < 0 || ranks[i] < ranks[best]))
                {
                    best = i;
                }
            }

            if (best < 0)
            {
                return;
            }

            Join(bytes, symbols, best, rule);
        }
    }

    /// <summary>A heap of candidates; a candidate whose pair has changed since is thrown away when it comes up.</summary>
    internal static void MergeByHeap<TRule>(ReadOnlySpan<byte> bytes, Symbols symbols, in TRule rule) where TRule : struct, IMergeRule
    {
        PriorityQueue<Candidate, long> heap = new(symbols.Count);
        for (int i = 0; i < symbols.Count; i++)
        {
            Rerank(bytes, symbols, i, rule);
            Push(heap, symbols, i);
        }

        while (heap.TryDequeue(out Candidate pair, out long order))
        {
            int left = (int)order; // low half; the high half is the rank
            int right = symbols.Nexts[left];
            if (right != pair.Right || symbols.Ranks[left] != (int)(order >> 32) || symbols.End(right) != pair.End)
            {
                continue;
            }

            Join(bytes, symbols, left, rule);
            Push(heap, symbols, left);
            if (symbols.Previous[left] >= 0)
            {
                Push(heap, symbols, symbols.Previous[left]);
            }
        }
    }

    private readonly record struct Candidate(int Right, int End);

    private static void Push(PriorityQueue<Candidate, long> heap, Symbols symbols, int left)
    {
        if (symbols.Ranks[left] >= 0)
        {
            int right = symbols.Nexts[left];
            heap.Enqueue(new Candidate(right, symbols.End(right)), ((long)symbols.Ranks[left] << 32) | (uint)left);
        }
    }

    private static void Join<TRule>(ReadOnlySpan<byte> bytes, Symbols symbols, int left, in TRule rule) where TRule : struct, IMergeRule
    {
        int right = symbols.Nexts[left];
        int after = symbols.Nexts[right];
        symbols.Ids[left] = symbols.Merged[left];
        symbols.Nexts[left] = after;
        symbols.Ranks[right] = -1;
        symbols.Nexts[right] = -1; // gone: no candidate that names it fits any more
        if (after < symbols.Count)
        {
            symbols.Previous[after] = left;
        }

        Rerank(bytes, symbols, left, rule);
        if (symbols.Previous[left] >= 0)
        {
            Rerank(bytes, symbols, symbols.Previous[left], rule);
        }
    }

    private static void Rerank<TRule>(ReadOnlySpan<byte> bytes, Symbols symbols, int left, in TRule rule) where TRule : struct, IMergeRule
    {
        int right = symbols.Nexts[left];
        if (right == symbols.Count)
        {
            symbols.Ranks[left] = -1;
            return;
        }

        int start = symbols.Starts[left];
        symbols.Ranks[left] = rule.Rank(bytes[start..symbols.End(right)], symbols.Starts[right] - start, out symbols.Merged[left]);
    }
}
