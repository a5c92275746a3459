namespace Jmlr.Models.Tokenizers.Merging;

/// <summary>Which neighbours may merge, and in what order.</summary>
interface IMergeRule
{
    /// <summary>Rank of merging two neighbours (lower first), or -1 when they never merge.</summary>
    /// <param name="bytes">Bytes of the union.</param>
    /// <param name="cut">How many of them are the left symbol's.</param>
    /// <param name="merged">Id of the union.</param>
    int Rank(ReadOnlySpan<byte> bytes, int cut, out int merged);
}
