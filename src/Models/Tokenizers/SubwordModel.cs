using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tokenizers;

/// <summary>Cuts plain text into tokens; special tokens are no concern of it.</summary>
abstract class SubwordModel
{
    /// <summary>Bytes of every token; empty for control tokens.</summary>
    public abstract PieceTable Pieces { get; }

    /// <summary>Decoded text without the spaces that encoding put before it.</summary>
    public virtual string TrimDecoded(string text) => text;

    /// <summary>Emits the tokens of <paramref name="text"/>, whose first unit is at <paramref name="origin"/>.</summary>
    public abstract void Encode<TSink>(ReadOnlySpan<char> text, int origin, ref TSink sink) where TSink : struct, ITokenSink;
}
