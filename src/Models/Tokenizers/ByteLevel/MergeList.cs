using System.Runtime.CompilerServices;
using Jmlr.Models.Tokenizers.Merging;
using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>
/// The merge list of byte-level BPE, kept by the union: a token nearly always arises from one pair, so its rank and where it is cut say
/// all. No table of pairs has to be built: reading the list is a walk along the vocabulary, which is in the same order.
/// </summary>
sealed class MergeList
{
    private readonly int[] _ranks; // by id of the union; -1 = no merge makes this token
    private readonly int[] _cuts; // by id of the union: bytes of the left part
    private Dictionary<long, int>? _others; // rank by union << 32 | cut: further pairs with the same union, rare

    /// <summary>Reads the merges of a vocabulary whose tokens are in <paramref name="pieces"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over 50,000 merges, in a cold process
    public MergeList(GeneratorVocabulary vocabulary, PieceTable pieces)
    {
        Pieces = pieces;
        _ranks = new int[pieces.Count];
        _cuts = new int[pieces.Count];
        Array.Fill(_ranks, -1);
        byte[] bytes = new byte[512];
        int union = -1;
        for (int rank = 0; rank < vocabulary.Merges.Count; rank++)
        {
            string merge = vocabulary.Merges[rank];
            if (merge.Length > bytes.Length)
            {
                bytes = new byte[merge.Length];
            }

            int space = merge.AsSpan().IndexOf(' ');
            int left = space < 1 ? -1 : ByteAlphabet.Decode(merge.AsSpan(0, space), bytes);
            int right = left < 1 ? -1 : ByteAlphabet.Decode(merge.AsSpan(space + 1), bytes.AsSpan(left));
            ReadOnlySpan<byte> text = bytes.AsSpan(0, left + Math.Max(right, 0) is > 0 and int length ? length : 0);
            union = union + 1 < pieces.Count && pieces[union + 1].SequenceEqual(text) ? union + 1 : pieces.Find(text);
            if (right < 1 || union < 0)
            {
                Throw.Data($"merge {rank} '{Throw.Shown(merge)}' must be two parts whose union is a token", vocabulary.Path);
            }

            Add(union, left, rank);
        }
    }

    /// <summary>The tokens.</summary>
    public PieceTable Pieces { get; }

    /// <summary>Rank of the merge that makes a token by joining its first <paramref name="cut"/> bytes with the rest, or -1.</summary>
    public int Rank(int union, int cut) =>
        _cuts[union] == cut ? _ranks[union] : _others is not null ? _others.GetValueOrDefault(((long)union << 32) | (uint)cut, -1) : -1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(int union, int cut, int rank)
    {
        if (_ranks[union] < 0 || _cuts[union] == cut)
        {
            (_ranks[union], _cuts[union]) = (rank, cut); // of two equal lines the last counts, as in the reference
        }
        else
        {
            (_others ??= [])[((long)union << 32) | (uint)cut] = rank;
        }
    }
}

/// <summary>The rule of byte-level BPE: only listed pairs merge, in the order of the list.</summary>
readonly struct ListedMerges(MergeList list) : IMergeRule
{
    /// <inheritdoc/>
    public int Rank(ReadOnlySpan<byte> bytes, int cut, out int merged)
    {
        merged = list.Pieces.Find(bytes);
        return merged < 0 ? -1 : list.Rank(merged, cut);
    }
}
