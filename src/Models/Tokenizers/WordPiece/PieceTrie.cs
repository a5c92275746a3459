using System.Numerics;
using System.Runtime.CompilerServices;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>
/// Prefix tree of vocabulary pieces over UTF-16 units with two roots: word starts and continuations ("##").
/// One open-addressing table holds every edge (node, unit) -> node in 8 bytes: the longest match is one walk without hashing strings.
/// </summary>
sealed class PieceTrie
{
    /// <summary>Root of pieces that start a word.</summary>
    public const int WordRoot = 0;

    /// <summary>Root of pieces that continue a word.</summary>
    public const int ContinuationRoot = 1;

    /// <summary>Most nodes an edge can name (24 bits).</summary>
    public const int MaxNodes = 1 << 24;

    private readonly ulong[] _edges; // node << 40 | unit << 24 | child; 0 is empty, as no edge leads to node 0
    private readonly int _shift;
    private int[] _tokens = new int[1024]; // id + 1 per node, 0 = no piece ends here
    private int _nodes = 2;

    /// <summary>Makes room for pieces of <paramref name="totalUnits"/> UTF-16 units in all; shared prefixes leave more than half of it empty.</summary>
    public PieceTrie(long totalUnits)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(64, Math.Min(totalUnits + 66, MaxNodes)));
        _edges = new ulong[size];
        _shift = 64 - BitOperations.Log2((uint)size);
    }

    /// <summary>Adds a piece; a later id of the same piece replaces the former. False when the tree is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every piece, in a cold process
    public bool Add(int root, ReadOnlySpan<char> piece, int id)
    {
        int node = root;
        foreach (char unit in piece)
        {
            int slot = Find(node, unit);
            if (_edges[slot] == 0)
            {
                if (_nodes == MaxNodes || _nodes + 64 > _edges.Length)
                {
                    return false;
                }

                _edges[slot] = Key(node, unit) | (uint)_nodes++;
            }

            node = (int)(_edges[slot] & 0xFFFFFF);
        }

        if (node >= _tokens.Length)
        {
            Array.Resize(ref _tokens, Math.Max(node + 1, _tokens.Length * 2));
        }

        _tokens[node] = id + 1;
        return true;
    }

    /// <summary>Trims the arrays once every piece is in.</summary>
    public void Seal() => Array.Resize(ref _tokens, _nodes);

    /// <summary>The longest piece at the start of <paramref name="word"/>: its id and length in units, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int LongestMatch(int root, ReadOnlySpan<char> word, out int length)
    {
        int node = root;
        int best = -1;
        length = 0;
        int[] tokens = _tokens;
        for (int i = 0; i < word.Length; i++)
        {
            ulong edge = _edges[Find(node, word[i])];
            if (edge == 0)
            {
                break;
            }

            node = (int)(edge & 0xFFFFFF);
            int token = tokens[node];
            if (token != 0)
            {
                best = token - 1;
                length = i + 1;
            }
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Key(int node, char unit) => ((ulong)(uint)node << 40) | ((ulong)unit << 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(int node, char unit)
    {
        ulong key = Key(node, unit);
        ulong[] edges = _edges;
        int slot = (int)(((key >> 24) * 0x9E3779B97F4A7C15UL) >> _shift);
        while (edges[slot] != 0 && edges[slot] >> 24 != key >> 24)
        {
            slot = (slot + 1) & (edges.Length - 1);
        }

        return slot;
    }
}
