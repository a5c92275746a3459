namespace Jmlr.Models.Tokenizers.Merging;

/// <summary>The symbols of a word while pairs merge: a linked list over positions in its bytes. Reused from word to word.</summary>
sealed class Symbols
{
    /// <summary>Id of each symbol; -1 = bytes that are no token.</summary>
    public int[] Ids = new int[64];

    /// <summary>First byte of each symbol.</summary>
    public int[] Starts = new int[64];

    /// <summary>Index of the next symbol; <see cref="Count"/> at the end.</summary>
    public int[] Nexts = new int[64];

    /// <summary>Index of the previous symbol; -1 at the start.</summary>
    public int[] Previous = new int[64];

    /// <summary>Rank of merging a symbol with its next; -1 = never.</summary>
    public int[] Ranks = new int[64];

    /// <summary>Id that merge would give.</summary>
    public int[] Merged = new int[64];

    /// <summary>Number of initial symbols; symbol 0 always stays the first.</summary>
    public int Count { get; private set; }

    /// <summary>Length of the word in bytes.</summary>
    public int Length { get; set; }

    /// <summary>Starts a new word.</summary>
    public void Clear() => (Count, Length) = (0, 0);

    /// <summary>Appends a symbol that starts at byte <paramref name="start"/>.</summary>
    public void Add(int id, int start)
    {
        if (Count == Ids.Length)
        {
            Grow();
        }

        Ids[Count] = id;
        Starts[Count] = start;
        Previous[Count] = Count - 1;
        Nexts[Count] = ++Count;
    }

    /// <summary>One past the last byte of a symbol.</summary>
    public int End(int symbol) => Nexts[symbol] == Count ? Length : Starts[Nexts[symbol]];

    private void Grow()
    {
        int size = Ids.Length * 2;
        Array.Resize(ref Ids, size);
        Array.Resize(ref Starts, size);
        Array.Resize(ref Nexts, size);
        Array.Resize(ref Previous, size);
        Array.Resize(ref Ranks, size);
        Array.Resize(ref Merged, size);
    }
}
