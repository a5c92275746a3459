namespace Jmlr.Models.Tokenizers;

/// <summary>A token with its place in the text it came from.</summary>
/// <param name="Id">Vocabulary id.</param>
/// <param name="Start">First UTF-16 unit in the original text.</param>
/// <param name="End">One past the last UTF-16 unit.</param>
public readonly record struct TokenSpan(int Id, int Start, int End);

/// <summary>Text to vocabulary ids. Implementations are immutable and thread-safe.</summary>
public interface ITextTokenizer
{
    /// <summary>Number of ids.</summary>
    int VocabularySize { get; }

    /// <summary>SHA-256 (hex) of everything that determines the ids.</summary>
    string Hash { get; }

    /// <summary>True when parts of a text that are parted by white space have together as many tokens as the text.</summary>
    bool CountsByWord => false;

    /// <summary>Appends the tokens of <paramref name="text"/>, without special tokens and without parsing any from the text (the text is untrusted).</summary>
    void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens);

    /// <summary>Number of tokens of <paramref name="text"/>.</summary>
    int Count(ReadOnlySpan<char> text);

    /// <summary>Text of the ids, special tokens left out.</summary>
    string Decode(IEnumerable<int> ids);
}
