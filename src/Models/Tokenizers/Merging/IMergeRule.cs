namespace Jmlr.Models.Tokenizers.Merging;

/// <summary>Which neighbours may merge, and in what order.</summary>
interface IMergeRule
{
    /// <summary>Rank of merging two neighbours (lower first), or -1 when they never merge.</summary>
    /// <param name="bytes">Bytes of the union.</param>
    /// <param name="left">Id of the left symbol, -1 when it is not a token.</param>
    /// <param name="right">Id of the right symbol.</param>
    /// <param name="merged">Id of the union.</param>
    int Rank(ReadOnlySpan<byte> bytes, int left, int right, out int merged);
}
