using Jmlr.Index.Kernels;

namespace Jmlr.Index.Search;

/// <summary>Tokens of one passage that are worth scoring, for each block of 32 rows of a query, with the scores of their centroids. Buffers are reused.</summary>
sealed unsafe class TokenPick : IDisposable
{
    private readonly AlignedBuffer<byte> _scores = new(); // [blocks, room, 32]
    private int[] _tokens = []; // [blocks, room]
    private int[] _counts = [];
    private int _room;

    /// <summary>Positions in the passage of the tokens picked for a block, ascending.</summary>
    internal ReadOnlySpan<int> Of(int block) => _tokens.AsSpan(block * _room, _counts[block]);

    /// <summary>Scores of their centroids, bytes of <see cref="ProbeTable"/> [tokens, 32].</summary>
    internal byte* Scores(int block) => _scores.Pointer + (block * _room * IntegerDots.Rows);

    /// <summary>Starts anew for a passage of <paramref name="tokens"/> tokens.</summary>
    internal void Begin(int blocks, int tokens)
    {
        _room = tokens;
        if (_tokens.Length < blocks * tokens)
        {
            _tokens = new int[Math.Max(blocks * tokens, 2 * _tokens.Length)];
            _scores.Ensure((long)_tokens.Length * IntegerDots.Rows);
        }

        if (_counts.Length < blocks)
        {
            _counts = new int[blocks];
        }
    }

    /// <summary>Where the positions of a block are written [tokens].</summary>
    internal Span<int> Room(int block) => _tokens.AsSpan(block * _room, _room);

    /// <summary>How many of them were picked.</summary>
    internal void End(int block, int count) => _counts[block] = count;

    public void Dispose() => _scores.Dispose();
}
