using Jmlr.Models.Tokenizers;

namespace Jmlr.Ingest.Tests.Chunking;

/// <summary>One token a word: easy to count by hand.</summary>
sealed class WordTokenizer : ITextTokenizer
{
    public int VocabularySize => 1;

    public string Hash => "words";

    public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens)
    {
        int at = 0;
        while (at < text.Length)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            int start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                tokens.Add(new TokenSpan(0, start, at));
            }
        }
    }

    public int Count(ReadOnlySpan<char> text)
    {
        List<TokenSpan> tokens = [];
        Encode(text, tokens);
        return tokens.Count;
    }

    public string Decode(IEnumerable<int> ids) => "";
}
