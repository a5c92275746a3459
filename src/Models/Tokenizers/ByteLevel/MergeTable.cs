using System.Numerics;
using Jmlr.Models.Tokenizers.Merging;

namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>Merge rank and result of a pair of ids, in one open-addressing table.</summary>
sealed class MergeTable
{
    private readonly ulong[] _keys; // (left << 32 | right) + 1, 0 = free
    private readonly int[] _ranks;
    private readonly int[] _merged;
    private readonly int _shift;

    /// <summary>Makes room for <paramref name="count"/> merges.</summary>
    public MergeTable(int count)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count * 2));
        _shift = 64 - BitOperations.Log2((uint)size);
        _keys = new ulong[size];
        _ranks = new int[size];
        _merged = new int[size];
    }

    /// <summary>Adds a merge; of two for the same pair the last counts, as in the reference.</summary>
    public void Add(int left, int right, int rank, int merged)
    {
        int slot = Slot(left, right);
        _keys[slot] = Key(left, right);
        _ranks[slot] = rank;
        _merged[slot] = merged;
    }

    /// <summary>Rank of a pair, or -1.</summary>
    public int Find(int left, int right, out int merged)
    {
        int slot = Slot(left, right);
        merged = _merged[slot];
        return _keys[slot] == 0 ? -1 : _ranks[slot];
    }

    private static ulong Key(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;

    private int Slot(int left, int right)
    {
        ulong key = Key(left, right);
        int slot = (int)((key * 0x9E3779B97F4A7C15UL) >> _shift);
        while (_keys[slot] != 0 && _keys[slot] != key)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        return slot;
    }
}

/// <summary>The rule of byte-level BPE: only listed pairs merge, in the order of the list.</summary>
readonly struct ListedMerges(MergeTable table) : IMergeRule
{
    /// <inheritdoc/>
    public int Rank(ReadOnlySpan<byte> bytes, int left, int right, out int merged) => table.Find(left, right, out merged);
}
